import { pino, type Logger } from 'pino';

import { formatLogLine } from './format-log-line.ts';
import type { LogLevel } from './log-levels.ts';

const terminal = { write: (line: string) => process.stderr.write(formatLogLine(line)) };

/**
 * The log of a process that serves, on standard error: standard output is the address's. A line of JSON
 * for programs, a short one for a person at a terminal.
 */
export function createLog(name: 'agent' | 'gateway', level: LogLevel): Logger {
  if (process.stderr.isTTY) return pino({ name, level }, terminal);
  // Not at once: a reader that is slow to take the log must not hold the streams up.
  return pino({ name, level }, pino.destination({ dest: 2, sync: false }));
}
