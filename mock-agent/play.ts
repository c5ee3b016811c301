import type { PlannedChunk, PlannedStream } from './planned-stream.ts';

/** Where the chunks go. */
export interface PlaySink {
  /** Gives the first sign of life, before any chunk. Not called for a stream that is refused. */
  accept(): void;
  /**
   * Takes a chunk; false means that no more should come before `onceDrained` calls back.
   * @param heldUpMs how long it had been due when the sink was drained: not the agent's lateness
   */
  write(chunk: PlannedChunk, heldUpMs: number): boolean;
  onceDrained(callback: () => void): void;
  /** How late a chunk left that nobody but the agent could have sent on time, in milliseconds. */
  sent?(latenessMs: number): void;
}

/** The longest that a timer of the platform can wait; after it the rest is waited for. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Plays a planned stream: the only place of the agent that waits.
 *
 * Chunk k leaves at `startMs` + its planned time on the clock of `performance.now()`. The deadlines are
 * absolute: a late chunk makes no later one late. A chunk is never early. Where the sink is full, the
 * chunks wait for it, and the time spent so is not the agent's lateness.
 *
 * @param whenPlayed called once, at the planned end and after the last chunk was written; never after
 *   the returned function.
 * @returns stops the play at once.
 */
export function play(
  { acceptAtMs, chunks, end }: PlannedStream,
  startMs: number,
  sink: PlaySink,
  whenPlayed: () => void,
): () => void {
  let accepted = acceptAtMs === null;
  let next = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let drainedAtMs = startMs;

  /** Whether that moment has come; where not, `step` is called again when it has. */
  const isDue = (dueMs: number, nowMs: number): boolean => {
    // Rounded up: a timer that fires within the millisecond before would only have to be set again.
    if (nowMs < dueMs) timer = setTimeout(step, Math.min(Math.ceil(dueMs - nowMs), longestTimerMs));
    return nowMs >= dueMs;
  };

  const step = (): void => {
    if (stopped) return;
    if (!accepted) {
      if (!isDue(startMs + (acceptAtMs ?? 0), performance.now())) return;
      accepted = true;
      sink.accept();
    }
    for (let chunk = chunks[next]; chunk !== undefined; chunk = chunks[next]) {
      const dueMs = startMs + chunk.atMs;
      const nowMs = performance.now();
      if (!isDue(dueMs, nowMs)) return;
      next += 1;
      const heldUpMs = Math.max(0, drainedAtMs - dueMs);
      if (heldUpMs === 0) sink.sent?.(nowMs - dueMs);
      if (!sink.write(chunk, heldUpMs)) {
        sink.onceDrained(() => {
          drainedAtMs = performance.now();
          step();
        });
        return;
      }
    }
    if (isDue(startMs + end.atMs, performance.now())) whenPlayed();
  };

  step();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
