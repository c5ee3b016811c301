import { buildAnswer, type Decoded } from '../../../proto/dialects/answer.ts';
import type { Dialect } from '../../../proto/dialects/dialect.ts';
import { createBodyReader, type BodyReader } from './body-reader.ts';

/**
 * Creates a reader of one stream of a dialect. Events that carry nothing, such as unknown ones, are ignored;
 * text, parts, finish reason and errors after the end break the protocol.
 * @param listen receives what each event holds, before the reading has it
 */
export function createDialectReader(
  { decoder, finalEvent }: Dialect,
  listen?: (pieces: readonly Decoded[]) => void,
): BodyReader {
  return createBodyReader((writer) => {
    const { reading } = writer;
    const decode = decoder();

    const take = (piece: Decoded): void => {
      switch (piece.type) {
        case 'text':
          writer.text(piece.text);
          return;
        case 'reasoning':
          if (piece.text !== '') writer.reasoning();
          return;
        case 'tool-call':
          writer.output();
          return;
        case 'end':
          writer.final();
          return;
        case 'error':
          writer.error(piece.kind);
          return;
        case 'finish':
        case 'usage':
      }
    };

    return ({ event, data }) => {
      if (event === 'ping') {
        writer.ping();
        return;
      }
      const pieces = decoded(() => decode.event(event, data));
      if (pieces === undefined) {
        writer.malformed(event === 'message' ? 'data of an event' : `data of ${event}`);
        return;
      }
      if (pieces.some(({ type }) => isMessage.has(type))) writer.message();
      listen?.(pieces);
      for (const piece of pieces) {
        if (reading.end !== null) {
          const end = reading.end.kind === 'final' ? finalEvent : 'the error';
          writer.malformed(`${nameOf[piece.type]} after ${end}`);
          return;
        }
        take(piece);
      }
    };
  });
}

/** Creates a reader that keeps the answer of the stream. */
export function createAnswerReader(dialect: Dialect): BodyReader {
  const builder = buildAnswer();
  const reader = createDialectReader(dialect, (pieces) => {
    for (const piece of pieces) builder.decoded(piece);
  });
  return { ...reader, answer: builder.answer };
}

const isMessage: ReadonlySet<Decoded['type']> = new Set(['text', 'reasoning', 'tool-call']);

const nameOf: Readonly<Record<Decoded['type'], string>> = {
  text: 'text',
  reasoning: 'reasoning',
  'tool-call': 'tool call',
  finish: 'finish reason',
  usage: 'usage',
  error: 'error',
  end: 'another end',
};

/** Returns undefined where the data is not what the format has in this event. */
function decoded(decode: () => Decoded[]): Decoded[] | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
