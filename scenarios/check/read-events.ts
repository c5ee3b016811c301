import { createEventParser } from '../../client/event-parser.ts';
import type { SeenEvent } from './seen.ts';

/** Reads the events of a body, with the time and the bytes of each. */
export interface EventsReader {
  readonly events: readonly SeenEvent[];
  readonly bytes: number;
  /** Returns false beyond the longest event, after which nothing is read. */
  feed(piece: Uint8Array, atMs: number): boolean;
}

/** More than a gateway with a full buffer of our longest chunks sends at once. */
export const longestEventChars = 32 * 2 ** 20;

const lineFeed = 10;
const carriageReturn = 13;

/** @param onEvent called after each event */
export function createEventsReader(onEvent: (event: SeenEvent) => void): EventsReader {
  const events: SeenEvent[] = [];
  let bytes = 0;
  let from = 0;
  let nowMs = 0;
  const parse = createEventParser(({ event, data }) => {
    const seen = { event, data, json: parseJson(data), atMs: nowMs, from, to: bytes };
    from = bytes;
    events.push(seen);
    onEvent(seen);
  }, longestEventChars);
  return {
    events,
    get bytes() {
      return bytes;
    },
    feed(piece, atMs) {
      nowMs = atMs;
      // Line by line, so that an event's bytes are known exactly.
      for (let start = 0; start < piece.length;) {
        const end = endOfLine(piece, start);
        bytes += end - start;
        if (!parse(piece.subarray(start, end))) return false;
        start = end;
      }
      return true;
    },
  };
}

/** Returns the index after the next line end, or the length. */
function endOfLine(piece: Uint8Array, start: number): number {
  for (let index = start; index < piece.length; index += 1) {
    if (piece[index] === lineFeed || piece[index] === carriageReturn) return index + 1;
  }
  return piece.length;
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
