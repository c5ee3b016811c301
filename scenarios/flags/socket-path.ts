import { RehearsalError } from '../console/rehearsal-error.ts';
import { parseText } from './parse-text.ts';

/** The longest path of a Unix socket, in bytes; the system cuts a longer one without an error. */
const longestBytes = 107;

/** @throws RehearsalError (argument) for no path, or one that the system would cut */
export function readSocketPath(text: string): string {
  const problem = socketPathProblem(parseText(text));
  if (problem === undefined) return text;
  throw new RehearsalError('argument', `It ${problem}.`);
}

/** Returns what is wrong with the path of a Unix socket, to follow a subject. */
export function socketPathProblem(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  if (bytes <= longestBytes) return undefined;
  return `is longer than ${longestBytes} bytes, the most that a Unix socket allows (${bytes}); choose a shorter path`;
}
