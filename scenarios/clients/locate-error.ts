import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How long Node may take to load a module again, for the place of its syntax error. */
const limitMs = 10_000;

/** Returns `file:line` of an error at the load of a module; undefined if it is unknown. */
export function placeOfLoadError(error: Error, file: string): string | undefined {
  const place = placeIn(error.stack ?? '');
  if (place !== undefined || !(error instanceof SyntaxError)) return place;
  // Node tells the place of a syntax error only when the error ends a process. No module is run before.
  const { stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: limitMs });
  return placeIn(stderr);
}

/** An error of the language names its place in the first line; others have it in the first frame of a module. */
const firstLine = /^(\S.*):(\d+)\n/;
const firstFrame = /^ {4}at (?!async )(?:.*\()?(file:[^()]*):(\d+):\d+\)?$/m;

function placeIn(stack: string): string | undefined {
  const [, location, line] = firstLine.exec(stack) ?? firstFrame.exec(stack) ?? [];
  if (location === undefined) return undefined;
  const path = location.startsWith('file:') ? fileURLToPath(location) : location;
  return `${path}:${line}`;
}
