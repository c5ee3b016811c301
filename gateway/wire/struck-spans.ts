import type { MessageEvent } from '../../proto/stream-event.ts';
import type { WireFaultOf } from '../../proto/wire-fault.ts';
/** A message with the span of its text, in code points. */
export interface Piece {
  fromChar: number;
  toChar: number;
  /** The number of a message without text, from 0, in a format that shows it. */
  part: number | undefined;
  event: MessageEvent;
}

/** Joins the pieces of a message that a fault strikes: a hold inside it has it arrive in two. */
export interface StruckSpans {
  /** Returns the piece, with those before it; undefined while the rest of its message is missing. */
  join(piece: Piece): Piece | undefined;
  /** Returns the pieces whose message does not come any more. */
  takeRest(): Piece | undefined;
}

/** @param bounds the places where messages are split */
export function createStruckSpans(
  faults: readonly WireFaultOf<'event'>[],
  bounds: ReadonlySet<number>,
): StruckSpans {
  const spans = faults
    .flatMap(({ fromChar, toChar, nextToChar = toChar }) => [
      [fromChar, toChar] as const,
      [toChar, nextToChar] as const,
    ])
    .filter(([from, to]) => ![...bounds].some((bound) => from < bound && bound < to));
  let pending: Piece | undefined;

  const isBegin = ({ fromChar, toChar, event }: Piece) =>
    !event.data.isFinal && spans.some(([from, to]) => from === fromChar && toChar < to);

  return {
    join(piece) {
      if (piece.fromChar === piece.toChar && !piece.event.data.isFinal) return piece;
      const whole = pending === undefined ? piece : joined(pending, piece);
      pending = isBegin(whole) ? whole : undefined;
      return pending === undefined ? whole : undefined;
    },
    takeRest() {
      const rest = pending;
      pending = undefined;
      return rest;
    },
  };
}

function joined(first: Piece, second: Piece): Piece {
  const parts = { ...first.event.data.parts, ...second.event.data.parts };
  return {
    ...second,
    fromChar: first.fromChar,
    event: {
      event: 'message',
      data: {
        delta: first.event.data.delta + second.event.data.delta,
        isFinal: second.event.data.isFinal,
        ...(Object.keys(parts).length === 0 ? {} : { parts }),
      },
    },
  };
}
