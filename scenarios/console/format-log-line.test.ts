import { pino } from 'pino';
import { expect, test } from 'vitest';

import { formatLogLine } from './format-log-line.ts';

/** The formatted line of one log call, without its time. */
function lineOf(write: (log: ReturnType<typeof pino>) => void): string {
  let line = '';
  write(pino({ name: 'gateway', level: 'debug' }, { write: (json) => (line = json) }));
  return formatLogLine(line).replace(/^\d\d:\d\d:\d\d /, '');
}

test('a line has the time, the process, the message and every field with a value', () => {
  const line = lineOf((log) =>
    log.info(
      {
        id: 'x',
        scenario: undefined,
        key: 'k-1',
        cause: 'completed',
        firstChunkMs: null,
        chunks: 9,
      },
      'stream',
    ),
  );
  expect(line).toBe('gateway stream key=k-1 cause=completed chunks=9\n');
});

test('warnings and errors are named, an error without its stack', () => {
  const err = new TypeError('no such thing');
  expect(lineOf((log) => log.error({ err }, 'a request failed'))).toBe(
    'gateway error a request failed err="TypeError: no such thing"\n',
  );
  expect(lineOf((log) => log.warn('beware'))).toBe('gateway warning beware\n');
});

test('control characters and line ends in a value are escaped', () => {
  const key = 'a b\n\u001B[2J\u009B2J\u007F';
  expect(lineOf((log) => log.info({ key }, 'stream'))).toBe(
    String.raw`gateway stream key="a b\n\u001b[2J\u009b2J\u007f"` + '\n',
  );
});
