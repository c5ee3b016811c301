/**
 * Whether to write colours to a stream: true for a terminal with colours. `NO_COLOR` (no-color.org) and
 * `FORCE_COLOR=0` switch them off; any other `FORCE_COLOR` switches them on, also for files and pipes.
 */
export function wantsColors(
  { isTTY = false }: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTTY && env['TERM'] !== 'dumb';
}

/**
 * Whether lines of a stream can be redrawn. False for a terminal without a size, as in a detached
 * container, and in CI, where the log keeps every redrawn line.
 */
export function drawsOver(
  { isTTY = false, columns = 0 }: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  return isTTY && columns > 0 && env['TERM'] !== 'dumb' && !env['CI'];
}
