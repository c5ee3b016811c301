import type { Dialect } from '../../../proto/dialects/dialect.ts';
import type { BodyReader } from './body-reader.ts';
import { createAnswerReader, createDialectReader } from './dialect-reader.ts';
import { createStreamReader, createWebSocketReader } from './stream-reader.ts';

/** How the streams of a load are read. */
export interface StreamFormat {
  /** What a stream must have to be complete, in the words of the format. */
  finalEvent: string;
  /** Whether a body is the text messages of a WebSocket. */
  overWebSocket: boolean;
  createReader(): BodyReader;
}

/**
 * @param dialect undefined for the specified format
 * @param keepsAnswers whether readers of a dialect keep the answer for `BodyReader.answer`
 */
export function streamFormatOf(
  dialect: Dialect | undefined,
  {
    keepsAnswers = false,
    overWebSocket = false,
  }: { keepsAnswers?: boolean; overWebSocket?: boolean } = {},
): StreamFormat {
  return dialect === undefined
    ? {
        finalEvent: 'a final message',
        overWebSocket,
        createReader: overWebSocket ? createWebSocketReader : () => createStreamReader(),
      }
    : {
        finalEvent: dialect.finalEvent,
        overWebSocket: false,
        createReader: keepsAnswers
          ? () => createAnswerReader(dialect)
          : () => createDialectReader(dialect),
      };
}
