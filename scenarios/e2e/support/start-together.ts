interface Ended {
  code: number | null;
  stderr: string;
}

/** Time for processes to start, on a quiet machine and on a busy one. */
const tries = [6000, 40_000];

/** For a test that starts processes twice. */
export const startTimeoutMs = 240_000;

/**
 * Runs the shards of a load. If the machine is too busy to have them ready in time, runs them again with
 * more time.
 * @param run starts the shards; takes the start time in milliseconds since the epoch
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
