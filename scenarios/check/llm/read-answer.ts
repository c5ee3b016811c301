import { buildAnswer, type Answer, type Decoded } from '../../../proto/dialects/answer.ts';
import type { Dialect } from '../../../proto/dialects/dialect.ts';
import type { SeenEvent, SeenResponse } from '../seen.ts';

/** What a client of a format reads in a response. */
export interface SeenAnswer extends Answer {
  /** When each piece of text came, in milliseconds after the request. */
  textAtMs: readonly number[];
  /** The event that ends a complete stream; undefined without one. */
  end: SeenEvent | undefined;
  /** The event with the error. */
  failure: SeenEvent | undefined;
  /** The first event that the format does not allow: one that cannot be read, or anything after the end. */
  wrong: { event: SeenEvent; why: string } | undefined;
}

export function readAnswer(
  { decoder }: Dialect,
  { events }: Pick<SeenResponse, 'events'>,
): SeenAnswer {
  const decode = decoder();
  const builder = buildAnswer();
  const textAtMs: number[] = [];
  let end: SeenEvent | undefined;
  let failure: SeenEvent | undefined;
  let wrong: SeenAnswer['wrong'];
  for (const event of events) {
    if (event.event === 'ping') continue;
    const pieces = decodeOne(() => decode.event(event.event, event.data));
    if (pieces === undefined) {
      wrong ??= { event, why: 'an event that the format does not have' };
      continue;
    }
    for (const piece of pieces) {
      if (end !== undefined) wrong ??= { event, why: `${piece.type} after the end` };
      builder.decoded(piece);
      if (piece.type === 'text' && piece.text !== '') textAtMs.push(event.atMs);
      if (piece.type === 'end') end ??= event;
      if (piece.type === 'error') failure ??= event;
    }
  }
  return { ...builder.answer(), textAtMs, end, failure, wrong };
}

/** Returns undefined where the data is not what the format has in this event. */
function decodeOne(decode: () => Decoded[]): Decoded[] | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
