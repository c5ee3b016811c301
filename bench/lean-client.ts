import { dueMs, word, type Schedule } from './schedule.ts';
import { createWire, type StreamRequest, type WireKind } from './wires.ts';

/** How to request a stream from a server, and how to find the text in its response. */
export interface Dialect extends StreamRequest {
  /** The bytes right before the text of an event, including its opening quote. */
  before: string;
}

export interface LeanClientOptions {
  port: number;
  wire: WireKind;
  dialect: Dialect;
  schedule: Schedule;
}

/** The figures of all streams between `measure` and `take`. */
interface LeanFigures {
  /** Events with text. */
  events: number;
  /** Words in these events. */
  words: number;
  /** For each event: milliseconds from the due time of its first word to its arrival. */
  latenessMs: number[];
  /** For each event: milliseconds of lateness beyond that of its stream's first word. */
  driftMs: number[];
}

/**
 * A load client that costs as little as possible, so that it does not limit the measurement. It finds the text
 * of each event without parsing JSON, and counts its length.
 */
export interface LeanClient {
  /** Connects and sends a request. */
  open(): void;
  /** Lateness of the first word of every stream, in milliseconds. */
  firstLatenessMs: readonly number[];
  /** Counts streams that were refused or ended before their last word. */
  broken(): number;
  measure(): void;
  take(): LeanFigures;
  close(): void;
}

export function createLeanClient({
  port,
  wire: kind,
  dialect,
  schedule,
}: LeanClientOptions): LeanClient {
  const wire = createWire(kind, port);
  const before = Buffer.from(dialect.before);
  const firstLatenessMs: number[] = [];
  let figures: LeanFigures | undefined;
  let brokenStreams = 0;
  let closing = false;

  return {
    firstLatenessMs,
    open() {
      let requestedAtMs = 0;
      let words = 0;
      let firstLateMs = 0;
      /** The end of the previous read, if it ended within an event. */
      let carried: Buffer | undefined;

      const read = (fresh: Buffer): void => {
        const nowMs = performance.now();
        const bytes = carried === undefined ? fresh : Buffer.concat([carried, fresh]);
        let readTo = 0;
        for (;;) {
          const found = bytes.indexOf(before, readTo);
          if (found < 0) break;
          const from = found + before.length;
          const to = bytes.indexOf(quote, from);
          if (to < 0) break;
          readTo = to;
          if (to > from) take((to - from) / word.length, nowMs);
        }
        // Copied, because the wire reuses its buffer.
        const tail = bytes.subarray(Math.max(readTo, bytes.lastIndexOf(lineEnd) + 1));
        carried = tail.length === 0 ? undefined : Buffer.from(tail);
      };

      const take = (count: number, nowMs: number): void => {
        const lateMs = nowMs - requestedAtMs - dueMs(schedule, words);
        if (words === 0) {
          firstLateMs = lateMs;
          firstLatenessMs.push(lateMs);
        }
        words += count;
        if (figures === undefined) return;
        figures.events += 1;
        figures.words += count;
        figures.latenessMs.push(lateMs);
        figures.driftMs.push(lateMs - firstLateMs);
      };

      wire.open(dialect, {
        sent() {
          requestedAtMs = performance.now();
        },
        read,
        closed() {
          if (!closing && words < schedule.words) brokenStreams += 1;
        },
      });
    },
    broken: () => brokenStreams,
    measure() {
      figures = noFigures();
    },
    take() {
      const taken = figures ?? noFigures();
      figures = undefined;
      return taken;
    },
    close() {
      closing = true;
      wire.close();
    },
  };
}

function noFigures(): LeanFigures {
  return { events: 0, words: 0, latenessMs: [], driftMs: [] };
}

const quote = '"'.charCodeAt(0);
const lineEnd = '\n'.charCodeAt(0);
