import type { OutgoingChunk } from '../../proto/agent-service.ts';
import type { Deadlines } from './deadlines.ts';
import { nextHold, offsetOf, unpackChunk, type PackedChunks } from './packed-chunks.ts';
import type { Hold } from '../../proto/stream-commands.ts';
import type { PlannedEnd, PlannedStream } from '../planned-stream.ts';
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
  /** Called when a hold begins, and with undefined when it ends. */
  onHold?: ((hold: Hold | undefined) => void) | undefined;
}

/** Shared by all streams of an agent. */
export interface Stage {
  deadlines: Deadlines;
  /**
   * Called for each sent chunk.
   * @param latenessMs undefined if back-pressure or a hold delayed the chunk
   */
  onChunkSent(latenessMs: number | undefined): void;
}

/** A stream in play. */
export interface Playing {
  /** Stops at once. */
  stop(): void;
  /** Counts the chunks passed to the sink. */
  chunksSent(): number;
  /** What is played now: its first `chunksSent()` chunks are sent. */
  playable(): Pick<Playable, 'chunks' | 'end'>;
  /** The time of the plan, in milliseconds: it stands still during a hold. */
  planMs(): number;
  isHeld(): boolean;
  /** Whether the sink is full. */
  isBlocked(): boolean;
  /** Stops before the next chunk until `release`. A held stream has no timer. */
  hold(hold: Hold): void;
  /** Goes on, with all later times shifted by the length of the hold. */
  release(): void;
  /** Sends the next chunk of a held stream, or ends the stream after the last one. */
  step(): void;
  /** Goes on, with other chunks in place of those that are not sent yet, and another end. */
  replace(playable: Pick<Playable, 'chunks' | 'end'>): void;
}

/** A planned stream with packed chunks. */
export type Playable = Pick<PlannedStream, 'acceptAtMs' | 'end'> & { chunks: PackedChunks };

/**
 * Plays a planned stream. This is the only place in the agent that waits.
 *
 * Chunk k is sent at `startMs` + its planned time (`performance.now()`). Deadlines are absolute: a late chunk
 * does not delay later ones. No chunk is early. Waiting for a full sink is not counted as lateness.
 *
 * A hold is a place that the play does not pass. It costs a running stream nothing: the comparison that finds
 * the end of the chunks finds the hold too.
 *
 * @param onPlayed called once, at the planned end and after the last chunk; never after `stop`
 */
export function play(
  { acceptAtMs, chunks: plannedChunks, end: plannedEnd }: Playable,
  startMs: number,
  { deadlines, onChunkSent }: Stage,
  { accept, write, onceDrained, onSent, onHold }: PlaySink,
  onPlayed: (end: PlannedEnd) => void,
): Playing {
  let chunks = plannedChunks;
  let end = plannedEnd;
  /** The time at which the plan began, later by all holds. */
  let originMs = startMs;
  let isAccepted = acceptAtMs === null;
  let next = 0;
  /** The chunk before which the play stops: that of the next hold, or the number of chunks. */
  let stopAt = nextHold(chunks, 0);
  /** Planned holds before this chunk are over. */
  let holdsFrom = 0;
  /** The current or requested hold before the next chunk; planned ones are in `chunks`. */
  let requestedHold: Hold | undefined;
  /** The time of the plan at which the hold began; undefined while nothing is held. */
  let heldAtMs: number | undefined;
  let isStopped = false;
  let isWaiting = false;
  let isBlocked = false;
  /** When the sink last drained; undefined if it was never full. */
  let drainedAtMs: number | undefined;

  const holdHere = (): Hold | undefined =>
    requestedHold ?? (next < holdsFrom ? undefined : chunks.holds.get(next));

  /** Returns the time of the next action. */
  const nextDueMs = (): number => {
    if (!isAccepted) return startMs + (acceptAtMs ?? 0);
    if (next < stopAt) return originMs + offsetOf(chunks, next);
    return holdHere() === undefined ? originMs + end.atMs : Number.NEGATIVE_INFINITY;
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

  const waitForSink = (): void => {
    isBlocked = true;
    onceDrained(() => {
      isBlocked = false;
      drainedAtMs = performance.now();
      step();
    });
  };

  const finish = (): void => {
    isStopped = true;
    onPlayed(end);
  };

  const step = (): void => {
    isWaiting = false;
    for (;;) {
      if (isStopped) return;
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
      } else if (next >= stopAt) {
        const hold = holdHere();
        if (hold === undefined) finish();
        else if (heldAtMs === undefined) {
          heldAtMs = nowMs - originMs;
          requestedHold = hold;
          onHold?.(hold);
        }
        return;
      } else if (!sendChunk(dueMs, nowMs)) {
        waitForSink();
        return;
      }
    }
  };

  /** Applies a change of the play, which must not wait by its earlier state. */
  const change = (apply: () => void): void => {
    if (isWaiting) deadlines.forget(nextDueMs(), step);
    isWaiting = false;
    apply();
    if (!isBlocked) step();
  };

  const goOn = (): void => {
    if (heldAtMs !== undefined) {
      originMs = performance.now() - heldAtMs;
      heldAtMs = undefined;
      holdsFrom = next + 1;
      onHold?.(undefined);
    }
    requestedHold = undefined;
    stopAt = nextHold(chunks, Math.max(next, holdsFrom));
  };

  const sendHeld = (): void => {
    if (isStopped || heldAtMs === undefined) return;
    if (next >= chunks.count) {
      finish();
      return;
    }
    const chunk = unpackChunk(chunks, next);
    heldAtMs = Math.max(heldAtMs, offsetOf(chunks, next));
    next += 1;
    stopAt = next;
    onChunkSent(undefined);
    onSent?.(performance.now());
    if (!write(chunk)) waitForSink();
    // Nothing can follow it, so the stream ends with it.
    if (chunk.isFinal === true && next >= chunks.count) finish();
  };

  step();
  return {
    stop() {
      isStopped = true;
      if (isWaiting) deadlines.forget(nextDueMs(), step);
    },
    chunksSent: () => next,
    playable: () => ({ chunks, end }),
    planMs: () => heldAtMs ?? performance.now() - originMs,
    isHeld: () => heldAtMs !== undefined,
    isBlocked: () => isBlocked,
    hold: (hold) =>
      change(() => {
        requestedHold = hold;
        stopAt = next;
      }),
    release: () => change(goOn),
    step: sendHeld,
    replace: (playable) =>
      change(() => {
        ({ chunks, end } = playable);
        goOn();
      }),
  };
}
