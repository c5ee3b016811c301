import { pino, type Level } from 'pino';

/** A log that keeps its lines. */
export function keepLog(level: Level) {
  const lines: string[] = [];
  const log = pino({ level }, { write: (line) => lines.push(line) });
  return { log, lines, entries: () => lines.map((line) => JSON.parse(line) as unknown) };
}
