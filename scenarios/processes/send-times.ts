import type { Metadata } from '@grpc/grpc-js';

import type { RequestObserver } from '../../gateway/observer.ts';
import { labelStream } from './label-stream.ts';

/** When a process sent what it sent of each stream, in milliseconds of the machine's monotonic clock. */
export type SendTimes = Record<string, number[]>;

/** Records send times, in bounded memory. */
export interface SendTimesRecord {
  /** Before it is started nothing is recorded. */
  start(): void;
  /** Opens a stream. The returned callback receives every time, by `performance.now()`. */
  open(key: string): (atMs: number) => void;
  /** Records the streams of a gateway. */
  observer: RequestObserver;
  /** Returns all that was recorded and empties the record. */
  take(): SendTimes;
}

/** About 50 MB on their way to whoever asked: 20 minutes of a thousand streams with two messages a second. */
const mostTimes = 2_500_000;

const nowhere = (): void => {};

export function createSendTimesRecord(): SendTimesRecord {
  let streams = new Map<string, number[]>();
  let count = 0;
  let started = false;
  const open: SendTimesRecord['open'] = (key) => {
    // Only whole streams: half of one could not be told from one that was cut.
    if (!started || count > mostTimes) return nowhere;
    const times: number[] = [];
    streams.set(key, times);
    return (atMs) => {
      count += 1;
      times.push(atMs);
    };
  };
  return {
    start() {
      started = true;
    },
    open,
    observer: {
      arrived: () => {
        let requested: Metadata | undefined;
        let accepted: Metadata | undefined;
        let sent: ((atMs: number) => void) | undefined;
        return {
          opened({ metadata }) {
            requested = metadata;
          },
          accepted(metadata) {
            accepted = metadata;
          },
          // The agent has accepted the call by the first message, so the key is known.
          message(atMs) {
            sent ??= open(labelStream(requested, accepted).key ?? '');
            sent(atMs);
          },
        };
      },
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
