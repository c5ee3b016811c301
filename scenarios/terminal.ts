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
