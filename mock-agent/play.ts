import type { PlannedChunk } from './plan.ts';

/** Where the chunks go. */
export interface PlaySink {
  /** Takes a chunk; false means that no more should come before `onceDrained` calls back. */
  write(chunk: PlannedChunk): boolean;
  onceDrained(callback: () => void): void;
  /** How late a chunk left that nobody but the agent could have sent on time, in milliseconds. */
  sent?(latenessMs: number): void;
}

/**
 * Plays planned chunks: the only place of the agent that waits.
 *
 * Chunk k leaves at `startMs` + its planned time on the clock of `performance.now()`. The deadlines are
 * absolute: a late chunk makes no later one late. A chunk is never early. Where the sink is full, the
 * chunks wait for it, and the time spent so is not the agent's lateness.
 *
 * @param whenPlayed called once, after the last chunk was written; never after the returned function.
 * @returns stops the play at once.
 */
export function play(
  chunks: readonly PlannedChunk[],
  startMs: number,
  sink: PlaySink,
  whenPlayed: () => void,
): () => void {
  let next = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let drainedAtMs = startMs;

  const step = (): void => {
    if (stopped) return;
    for (let chunk = chunks[next]; chunk !== undefined; chunk = chunks[next]) {
      const dueMs = startMs + chunk.atMs;
      const nowMs = performance.now();
      if (nowMs < dueMs) {
        // Rounded up: a timer that fires within the millisecond before would only have to be set again.
        timer = setTimeout(step, Math.ceil(dueMs - nowMs));
        return;
      }
      next += 1;
      if (dueMs >= drainedAtMs) sink.sent?.(nowMs - dueMs);
      if (!sink.write(chunk)) {
        sink.onceDrained(() => {
          drainedAtMs = performance.now();
          step();
        });
        return;
      }
    }
    whenPlayed();
  };

  step();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
