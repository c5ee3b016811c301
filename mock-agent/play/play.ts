import type { OutgoingChunk } from '../../proto/agent-service.ts';
import type { Deadlines } from './deadlines.ts';
import { offsetOf, unpackChunk, type PackedChunks } from './packed-chunks.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { performance } from '../../proto/timers.ts';

/** Where the chunks of one stream go. */
export interface PlaySink {
  /** Gives the first sign of life, before any chunk. Not called for a stream that is refused. */
  accept(): void;
  /** Takes a chunk; false means that no more should come before `onceDrained` calls back. */
  write(chunk: OutgoingChunk): boolean;
  onceDrained(callback: () => void): void;
  /** Is told when each chunk was sent, or would have been had the sink not been full. */
  sent?: ((atMs: number) => void) | undefined;
}

/** What all streams of an agent are played on. */
export interface Stage {
  deadlines: Deadlines;
  /**
   * Is told of each chunk that leaves.
   * @param latenessMs where nobody but the agent is to blame for it
   */
  left(latenessMs: number | undefined): void;
}

/** A stream under way. */
export interface Playing {
  /** Stops the play at once. */
  stop(): void;
  /** Returns how many chunks were given to the sink. */
  chunksSent(): number;
}

/** What is played: a planned stream with its chunks packed. */
export type Playable = Pick<PlannedStream, 'acceptAtMs' | 'end'> & { chunks: PackedChunks };

/**
 * Plays a planned stream: the only place of the agent that waits.
 *
 * Chunk k leaves at `startMs` + its planned time on the clock of `performance.now()`. The deadlines are
 * absolute: a late chunk makes no later one late. A chunk is never early. Where the sink is full, the
 * chunks wait for it, and the time spent so is not the agent's lateness.
 *
 * @param whenPlayed called once, at the planned end and after the last chunk was written; never after
 *   the play was stopped.
 */
export function play(
  { acceptAtMs, chunks, end }: Playable,
  startMs: number,
  { deadlines, left }: Stage,
  { accept, write, onceDrained, sent }: PlaySink,
  whenPlayed: () => void,
): Playing {
  let accepted = acceptAtMs === null;
  let next = 0;
  let stopped = false;
  let waits = false;
  /** Where the sink was ever full: when it last was no more. */
  let drainedAtMs: number | undefined;

  /** When something is to be done next. */
  const nextDueMs = (): number => {
    if (!accepted) return startMs + (acceptAtMs ?? 0);
    return startMs + (next < chunks.count ? offsetOf(chunks, next) : end.atMs);
  };

  /** Sends the next chunk; whether another may follow. */
  const sendChunk = (dueMs: number, nowMs: number): boolean => {
    const chunk = unpackChunk(chunks, next);
    next += 1;
    const heldUpMs = drainedAtMs === undefined ? 0 : Math.max(0, drainedAtMs - dueMs);
    left(heldUpMs === 0 ? nowMs - dueMs : undefined);
    sent?.(nowMs - heldUpMs);
    return write(chunk);
  };

  const step = (): void => {
    waits = false;
    while (!stopped) {
      const dueMs = nextDueMs();
      const nowMs = performance.now();
      if (nowMs < dueMs) {
        waits = true;
        deadlines.call(dueMs, step);
        return;
      }
      if (!accepted) {
        accepted = true;
        accept();
      } else if (next >= chunks.count) {
        stopped = true;
        whenPlayed();
      } else if (!sendChunk(dueMs, nowMs)) {
        onceDrained(() => {
          drainedAtMs = performance.now();
          step();
        });
        return;
      }
    }
  };

  step();
  return {
    stop() {
      stopped = true;
      if (waits) deadlines.forget(nextDueMs(), step);
    },
    chunksSent: () => next,
  };
}
