import type { MessageEvent, StreamEvent } from '../../proto/stream-event.ts';
import { eventFaultsOf, wireFaultOf, type WireFault } from '../../proto/wire-fault.ts';

/** What becomes of an event on its way. */
export type WireStep =
  /** `chars`: code points of the text up to and with the event. */
  | { do: 'send'; event: StreamEvent; as: 'whole' | 'malformed' | 'half'; chars: number }
  | { do: 'cut' };

/** A message with the span of the text that it carries, in code points. */
interface Piece {
  fromChar: number;
  toChar: number;
  event: MessageEvent;
}

/**
 * Carries out the faults that concern single events, and tells where the wire is to be cut.
 *
 * The faults name positions in the text. Messages are split there, so that what a fault strikes does
 * not depend on how the agent's chunks were merged.
 *
 * @param startChar code points that the client has read before. A fault in them strikes no second time: one
 * of the final message would keep a client that resumes from ever reaching its end.
 * @returns what to do at the start, then for each event in turn; nothing comes after a cut.
 */
export function createEventFaults(
  faults: readonly WireFault[],
  startChar: number,
): {
  start(): WireStep[];
  take(event: StreamEvent): WireStep[];
} {
  const isAhead = (atChar: number) => startChar === 0 || atChar > startChar;
  const planned = wireFaultOf(faults, 'cut');
  const cut = planned && isAhead(planned.afterChars) ? planned : undefined;
  const strikes = eventFaultsOf(faults).filter(({ toChar }) => isAhead(toChar));
  const pingsPass = wireFaultOf(faults, 'no-pings') === undefined;
  const bounds = new Set([
    ...(cut === undefined ? [] : [cut.afterChars]),
    ...strikes.flatMap(({ fromChar, toChar, nextToChar = toChar }) => [
      fromChar,
      toChar,
      nextToChar,
    ]),
  ]);
  let position = startChar;
  let heldBack: Piece | undefined;

  const isCutHere = () => cut !== undefined && position >= cut.afterChars;

  const struck = ({ fromChar, toChar, event }: Piece): WireStep[] => {
    const fault = strikes.find((each) => each.fromChar === fromChar && each.toChar === toChar);
    switch (fault?.how) {
      case undefined:
        return [send(event, toChar)];
      case 'malformed':
        return [{ do: 'send', event, as: 'malformed', chars: toChar }];
      case 'duplicated':
        return [send(event, toChar), send(event, toChar)];
      case 'missing':
        return [];
      case 'swapped':
        heldBack = { fromChar, toChar, event };
        return [];
    }
  };

  const halfOf = (event: StreamEvent): WireStep[] => [
    { do: 'send', event, as: 'half', chars: position },
    { do: 'cut' },
  ];

  const takeHeldBack = (): WireStep[] => {
    const piece = heldBack;
    heldBack = undefined;
    // What is after it has been sent before it.
    return piece === undefined ? [] : [send(piece.event, position)];
  };

  const takePiece = (piece: Piece): WireStep[] => {
    if (isCutHere()) return halfOf(piece.event);
    const held = heldBack;
    const steps = struck(piece);
    position = piece.toChar;
    if (held !== undefined && held === heldBack) steps.push(...takeHeldBack());
    return isCutHere() && cut?.midEvent === false ? [...steps, { do: 'cut' }] : steps;
  };

  return {
    start: () => (isCutHere() && cut?.midEvent === false ? [{ do: 'cut' }] : []),
    take(event) {
      switch (event.event) {
        case 'ping':
          return pingsPass ? [send(event, position)] : [];
        case 'error':
          return isCutHere() ? halfOf(event) : [...takeHeldBack(), send(event, position)];
        case 'message': {
          const steps: WireStep[] = [];
          for (const piece of split(event, position, bounds)) {
            steps.push(...takePiece(piece));
            if (steps.at(-1)?.do === 'cut') break;
          }
          return steps;
        }
      }
    },
  };
}

function send(event: StreamEvent, chars: number): WireStep {
  return { do: 'send', event, as: 'whole', chars };
}

/** Splits a message at the bounds; one at its very end leaves an empty final message behind. */
function split(event: MessageEvent, fromChar: number, bounds: ReadonlySet<number>): Piece[] {
  const { delta, isFinal } = event.data;
  const pieces: Piece[] = [];
  let text = '';
  let start = fromChar;
  let end = fromChar;
  for (const char of delta) {
    if (end > start && bounds.has(end)) {
      pieces.push(piece(text, start, end, false));
      text = '';
      start = end;
    }
    text += char;
    end += 1;
  }
  if (isFinal && end > start && bounds.has(end)) {
    return [...pieces, piece(text, start, end, false), piece('', end, end, true)];
  }
  return [...pieces, piece(text, start, end, isFinal)];
}

function piece(delta: string, fromChar: number, toChar: number, isFinal: boolean): Piece {
  return { fromChar, toChar, event: { event: 'message', data: { delta, isFinal } } };
}
