import type { Dialect } from '../../../proto/dialects/dialect.ts';
import type { BodyReader } from './body-reader.ts';
import { createDialectReader } from './dialect-reader.ts';
import { createStreamReader } from './stream-reader.ts';

/** How the streams of a load are read. */
export interface StreamFormat {
  /** What a stream must have to be complete, in the words of the format. */
  finalEvent: string;
  createReader(): BodyReader;
}

/** @param dialect undefined for the specified format */
export function streamFormatOf(dialect: Dialect | undefined): StreamFormat {
  return dialect === undefined
    ? { finalEvent: 'a final message', createReader: () => createStreamReader() }
    : { finalEvent: dialect.finalEvent, createReader: () => createDialectReader(dialect) };
}
