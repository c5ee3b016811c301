import type { Metadata } from '@grpc/grpc-js';

import type { RequestObserver } from '../../gateway/observer.ts';
import { labelStream } from './label-stream.ts';

/** The send times of a process by stream key, in milliseconds of the machine's monotonic clock. */
export type SendTimes = Record<string, number[]>;

/** Records send times, in bounded memory. */
export interface SendTimesRecord {
  /** Starts recording; earlier streams are not recorded. */
  start(): void;
  /** Opens a stream. The returned callback receives every time, by `performance.now()`. */
  open(key: string): (atMs: number) => void;
  /** Records the streams of a gateway. */
  observer: RequestObserver;
  /** Returns the recorded times and clears them. */
  take(): SendTimes;
}

/** About 50 MB when sent: 20 minutes of a thousand streams with two messages per second. */
const mostTimes = 2_500_000;

const ignore = (): void => {};

export function createSendTimesRecord(): SendTimesRecord {
  let streams = new Map<string, number[]>();
  let count = 0;
  let isRecording = false;
  const open: SendTimesRecord['open'] = (key) => {
    // Only complete streams: a partial record would look like a stream that was cut.
    if (!isRecording || count > mostTimes) return ignore;
    const times: number[] = [];
    streams.set(key, times);
    return (atMs) => {
      count += 1;
      times.push(atMs);
    };
  };
  return {
    start() {
      isRecording = true;
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
      const times = Object.fromEntries(
        [...streams].map(([key, recorded]) => [
          key,
          recorded.map((atMs) => toMicros(atMs + offsetMs)),
        ]),
      );
      streams = new Map();
      count = 0;
      return times;
    },
  };
}

/**
 * Returns the difference between the machine's monotonic clock, which all processes share, and
 * `performance.now()`. `performance.timeOrigin` would depend on the wall clock, which can be set.
 */
export function monotonicOffsetMs(): number {
  return Number(process.hrtime.bigint()) / 1e6 - performance.now();
}

/** Rounds to microseconds, to keep the JSON message short. */
function toMicros(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
