import type { OutgoingChunk } from '../../proto/agent-service.ts';
import type { Deadlines } from './deadlines.ts';
import { offsetOf, unpackChunk, type PackedChunks } from './packed-chunks.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { performance } from '../../proto/timers.ts';

/** The destination of one stream's chunks. */
export interface PlaySink {
  /** Sends the initial metadata, before any chunk. Not called for a refused stream. */
  accept(): void;
  /** Returns false if the play has to wait for `onceDrained` before the next chunk. */
  write(chunk: OutgoingChunk): boolean;
  onceDrained(callback: () => void): void;
  /** Called with the time at which each chunk was sent, or would have been without back-pressure. */
  onSent?: ((atMs: number) => void) | undefined;
}

/** Shared by all streams of an agent. */
export interface Stage {
  deadlines: Deadlines;
  /**
   * Called for each sent chunk.
   * @param latenessMs undefined if back-pressure delayed the chunk
   */
  onChunkSent(latenessMs: number | undefined): void;
}

/** A stream in play. */
export interface Playing {
  /** Stops at once. */
  stop(): void;
  /** Counts the chunks passed to the sink. */
  chunksSent(): number;
}

/** A planned stream with packed chunks. */
export type Playable = Pick<PlannedStream, 'acceptAtMs' | 'end'> & { chunks: PackedChunks };

/**
 * Plays a planned stream. This is the only place in the agent that waits.
 *
 * Chunk k is sent at `startMs` + its planned time (`performance.now()`). Deadlines are absolute: a late chunk
 * does not delay later ones. No chunk is early. Waiting for a full sink is not counted as lateness.
 *
 * @param onPlayed called once, at the planned end and after the last chunk; never after `stop`
 */
export function play(
  { acceptAtMs, chunks, end }: Playable,
  startMs: number,
  { deadlines, onChunkSent }: Stage,
  { accept, write, onceDrained, onSent }: PlaySink,
  onPlayed: () => void,
): Playing {
  let isAccepted = acceptAtMs === null;
  let next = 0;
  let isStopped = false;
  let isWaiting = false;
  /** When the sink last drained; undefined if it was never full. */
  let drainedAtMs: number | undefined;

  /** Returns the time of the next action. */
  const nextDueMs = (): number => {
    if (!isAccepted) return startMs + (acceptAtMs ?? 0);
    return startMs + (next < chunks.count ? offsetOf(chunks, next) : end.atMs);
  };

  /** Sends the next chunk; returns whether another may follow. */
  const sendChunk = (dueMs: number, nowMs: number): boolean => {
    const chunk = unpackChunk(chunks, next);
    next += 1;
    const blockedMs = drainedAtMs === undefined ? 0 : Math.max(0, drainedAtMs - dueMs);
    onChunkSent(blockedMs === 0 ? nowMs - dueMs : undefined);
    onSent?.(nowMs - blockedMs);
    return write(chunk);
  };

  const step = (): void => {
    isWaiting = false;
    while (!isStopped) {
      const dueMs = nextDueMs();
      const nowMs = performance.now();
      if (nowMs < dueMs) {
        isWaiting = true;
        deadlines.call(dueMs, step);
        return;
      }
      if (!isAccepted) {
        isAccepted = true;
        accept();
      } else if (next >= chunks.count) {
        isStopped = true;
        onPlayed();
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
      isStopped = true;
      if (isWaiting) deadlines.forget(nextDueMs(), step);
    },
    chunksSent: () => next,
  };
}
