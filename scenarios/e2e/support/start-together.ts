interface Ended {
  code: number | null;
  stderr: string;
}

/** How long processes may take to start, on a quiet machine and on a busy one. */
const tries = [6000, 40_000];

/** For a test that starts processes twice. */
export const startTimeoutMs = 240_000;

/**
 * Runs shards of one load. On a machine that is too busy to have them ready at their start, runs them
 * again with more time.
 * @param run starts them for a start in milliseconds since the epoch
 */
export async function startTogether<T extends Ended>(
  run: (startAtMs: number) => Promise<T[]>,
): Promise<{ startAtMs: number; ended: T[] }> {
  let last: { startAtMs: number; ended: T[] } | undefined;
  for (const leadMs of tries) {
    const startAtMs = Date.now() + leadMs;
    last = { startAtMs, ended: await run(startAtMs) };
    if (last.ended.every(({ stderr }) => !/^rehearsal: --start-at: .* ago/m.test(stderr)))
      return last;
  }
  if (last === undefined) throw new Error('no shard was run');
  return last;
}
