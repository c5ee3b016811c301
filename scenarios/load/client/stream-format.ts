import type { Dialect } from '../../../proto/dialects/dialect.ts';
import type { BodyReader } from './body-reader.ts';
import { createAnswerReader, createDialectReader } from './dialect-reader.ts';
import { createStreamReader } from './stream-reader.ts';

/** How the streams of a load are read. */
export interface StreamFormat {
  /** What a stream must have to be complete, in the words of the format. */
  finalEvent: string;
  createReader(): BodyReader;
}

/**
 * @param dialect undefined for the specified format
 * @param keepsAnswers whether readers of a dialect keep the answer for `BodyReader.answer`
 */
export function streamFormatOf(
  dialect: Dialect | undefined,
  { keepsAnswers = false }: { keepsAnswers?: boolean } = {},
): StreamFormat {
  return dialect === undefined
    ? { finalEvent: 'a final message', createReader: () => createStreamReader() }
    : {
        finalEvent: dialect.finalEvent,
        createReader: keepsAnswers
          ? () => createAnswerReader(dialect)
          : () => createDialectReader(dialect),
      };
}
