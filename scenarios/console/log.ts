import { pino, type Logger } from 'pino';

import { formatLogLine } from './format-log-line.ts';
import type { LogLevel } from './log-levels.ts';

const terminal = { write: (line: string) => process.stderr.write(formatLogLine(line)) };

/**
 * Creates the log of a server, on standard error, because standard output has the address. Lines are
 * short at a terminal, else JSON.
 */
export function createLog(name: 'agent' | 'gateway', level: LogLevel): Logger {
  if (process.stderr.isTTY) return pino({ name, level }, terminal);
  // Asynchronous: a slow reader of the log must not delay streams.
  return pino({ name, level }, pino.destination({ dest: 2, sync: false }));
}
