import { createStruckSpans, type Piece } from './struck-spans.ts';
import type { Parts } from '../../proto/parts.ts';
import type { MessageEvent, StreamEvent } from '../../proto/stream-event.ts';
import {
  eventFaultsOf,
  textFaultsOf,
  wireFaultOf,
  type WireFault,
} from '../../proto/wire-fault.ts';

/** An action on the wire. */
export type WireStep =
  /** `chars`: code points of the text up to the end of the event. */
  | { do: 'send'; event: StreamEvent; as: 'whole' | 'malformed' | 'half'; chars: number }
  | { do: 'cut' };

/** The format of the events. */
interface EventFormat {
  /** Called with each event, as split, in the order of the stream. */
  prepare?(event: StreamEvent): void;
  /** Whether the client has all that was prepared so far from an earlier connection. */
  wasRead?(): boolean;
  /** Whether events show more than text. */
  hasParts: boolean;
}

/**
 * Applies faults of single events, and determines where to cut the wire.
 *
 * Faults have positions in the text. Messages are split at these positions, so that the effect of a fault does
 * not depend on how chunks are merged.
 *
 * @param startChar code points that the client has already read. Faults in them do not strike again: a fault of
 * the final message would otherwise keep a resuming client from ever reaching the end.
 * @returns the steps at the start, and for each event; no step follows a cut
 */
export function createEventFaults(
  faults: readonly WireFault[],
  startChar: number,
  format: EventFormat,
): {
  start(): WireStep[];
  take(event: StreamEvent): WireStep[];
} {
  const isAhead = (char: number) => startChar === 0 || char > startChar;
  const { hasParts } = format;
  const requestedCut = wireFaultOf(faults, 'cut');
  let cut = requestedCut && isAhead(requestedCut.afterChars) ? requestedCut : undefined;
  const listed = hasParts ? eventFaultsOf(faults) : textFaultsOf(faults);
  const eventFaults = listed.filter(({ toChar }) => isAhead(toChar));
  const pingsPass = wireFaultOf(faults, 'no-pings') === undefined;
  const bounds = new Set([
    ...(cut === undefined ? [] : [cut.afterChars]),
    ...eventFaults.flatMap(({ fromChar, toChar, nextToChar = toChar }) => [
      fromChar,
      toChar,
      nextToChar,
    ]),
  ]);
  const struck = createStruckSpans(eventFaults, bounds);
  let position = startChar;
  /** The end of the text that has arrived; `position` is behind it while a message is incomplete. */
  let arrivedChar = startChar;
  /** The messages without text so far. */
  let parts = 0;
  let heldBack: Piece | undefined;

  const isCutHere = () =>
    cut !== undefined &&
    position >= cut.afterChars &&
    (!hasParts || parts >= (cut.afterParts ?? 0));

  const faultOf = ({ fromChar, toChar, part }: Piece) =>
    eventFaults.find((each) =>
      hasParts && each.part !== undefined
        ? each.part === part
        : part === undefined && each.fromChar === fromChar && each.toChar === toChar,
    );

  const applyFault = (piece: Piece): WireStep[] => {
    const { toChar, event } = piece;
    const fault = faultOf(piece);
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
        heldBack = piece;
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
    // The message after it has already been sent.
    return piece === undefined ? [] : [send(piece.event, position)];
  };

  /** @param wasRead whether faults have struck it on an earlier connection */
  const takePiece = (piece: Piece, wasRead: boolean): WireStep[] => {
    if (!wasRead && isCutHere()) return halfOf(piece.event);
    const previousHeldBack = heldBack;
    const steps = wasRead ? [send(piece.event, piece.toChar)] : applyFault(piece);
    position = piece.toChar;
    if (piece.part !== undefined) parts += 1;
    if (wasRead && isCutHere()) cut = undefined;
    if (previousHeldBack !== undefined && previousHeldBack === heldBack)
      steps.push(...takeHeldBack());
    return isCutHere() && cut?.midEvent === false ? [...steps, { do: 'cut' }] : steps;
  };

  const preparePiece = (piece: Piece): WireStep[] => {
    format.prepare?.(piece.event);
    return takePiece(piece, format.wasRead?.() === true);
  };

  const takeRest = (): WireStep[] => {
    const rest = struck.takeRest();
    return rest === undefined ? [] : preparePiece(rest);
  };

  return {
    start() {
      if (!isCutHere()) return [];
      if (format.wasRead?.() === true) cut = undefined;
      return cut?.midEvent === false ? [{ do: 'cut' }] : [];
    },
    take(event) {
      const rest = event.event === 'error' ? takeRest() : [];
      if (event.event !== 'message') format.prepare?.(event);
      switch (event.event) {
        case 'ping':
          return pingsPass ? [send(event, position)] : [];
        case 'error':
          return [
            ...rest,
            ...(isCutHere() ? halfOf(event) : [...takeHeldBack(), send(event, position)]),
          ];
        case 'message': {
          const steps: WireStep[] = [];
          const part = hasParts && isPartAlone(event) ? parts : undefined;
          for (const piece of split(event, arrivedChar, bounds)) {
            arrivedChar = piece.toChar;
            const whole = struck.join({ ...piece, part });
            if (whole !== undefined) steps.push(...preparePiece(whole));
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

function isPartAlone({ data: { delta, isFinal, parts } }: MessageEvent): boolean {
  return delta === '' && parts !== undefined && !isFinal;
}

/**
 * Splits a message at the bounds; one at its very end leaves an empty final message behind. Reasoning goes
 * with the first piece, before the text, and other parts with the last one.
 */
function split(
  { data }: MessageEvent,
  fromChar: number,
  bounds: ReadonlySet<number>,
): Omit<Piece, 'part'>[] {
  const { delta, isFinal, parts } = data;
  const pieces: Omit<Piece, 'part'>[] = [];
  let text = '';
  let start = fromChar;
  let end = fromChar;
  const add = (isLast: boolean) => {
    pieces.push({
      fromChar: start,
      toChar: end,
      event: {
        event: 'message',
        data: {
          delta: text,
          isFinal: isFinal && isLast,
          ...shareOf(parts, pieces.length === 0, isLast),
        },
      },
    });
    text = '';
    start = end;
  };
  for (const char of delta) {
    if (end > start && bounds.has(end)) add(false);
    text += char;
    end += 1;
  }
  if (isFinal && end > start && bounds.has(end)) add(false);
  add(true);
  return pieces;
}

/** The parts that go with a piece of their message. */
function shareOf(
  parts: Parts | undefined,
  isFirst: boolean,
  isLast: boolean,
): Pick<MessageEvent['data'], 'parts'> {
  if (parts === undefined) return {};
  const { reasoning, ...others } = parts;
  return {
    parts: {
      ...(isFirst && reasoning !== undefined ? { reasoning } : {}),
      ...(isLast ? others : {}),
    },
  };
}
