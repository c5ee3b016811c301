/**
 * Whether to write colours to a stream: where it is a terminal that has them. `NO_COLOR` forbids them
 * (no-color.org), `FORCE_COLOR` wants them even in a file or a pipe, such as the log of a CI job; 0
 * forbids them too.
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
 * Whether lines of a stream can be drawn again: not where its terminal is of no size, as in a
 * container that nobody looks into, nor in CI, whose log keeps every drawing.
 */
export function drawsOver(
  { isTTY = false, columns = 0 }: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  return isTTY && columns > 0 && env['TERM'] !== 'dumb' && !env['CI'];
}
