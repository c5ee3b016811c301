/** When a process sent what it sent of each stream, in milliseconds of the machine's monotonic clock. */
export type SendTimes = Record<string, number[]>;

/** Records send times, in bounded memory. */
export interface SendTimesRecord {
  /** Before it is started nothing is recorded. */
  start(): void;
  /** Opens a stream; what it gives is to be called with every time, as `performance.now()` has it. */
  open(key: string): (atMs: number) => void;
  /** All that was recorded; the record is empty afterwards. */
  take(): SendTimes;
}

/** About 50 MB on their way to whoever asked: 20 minutes of a thousand streams with two messages a second. */
const mostTimes = 2_500_000;

const nowhere = (): void => {};

export function createSendTimesRecord(): SendTimesRecord {
  let streams = new Map<string, number[]>();
  let count = 0;
  let started = false;
  return {
    start() {
      started = true;
    },
    open(key) {
      // Only whole streams: half of one could not be told from one that was cut.
      if (!started || count > mostTimes) return nowhere;
      const times: number[] = [];
      streams.set(key, times);
      return (atMs) => {
        count += 1;
        times.push(atMs);
      };
    },
    take() {
      const offsetMs = monotonicOffsetMs();
      const taken = Object.fromEntries(
        [...streams].map(([key, times]) => [key, times.map((atMs) => toMicros(atMs + offsetMs))]),
      );
      streams = new Map();
      count = 0;
      return taken;
    },
  };
}

/**
 * What to add to `performance.now()` for the machine's monotonic clock, which all its processes share:
 * `performance.timeOrigin` is of the clock that people set.
 */
export function monotonicOffsetMs(): number {
  return Number(process.hrtime.bigint()) / 1e6 - performance.now();
}

/** No more digits than it has: they travel as text. */
function toMicros(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
