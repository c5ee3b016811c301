import { pino } from 'pino';
import { expect, test } from 'vitest';

import { formatLogLine } from './format-log-line.ts';

/** What a person reads of what pino is told. */
function read(tell: (log: ReturnType<typeof pino>) => void): string {
  let line = '';
  tell(pino({ name: 'gateway', level: 'debug' }, { write: (json) => (line = json) }));
  return formatLogLine(line).replace(/^\d\d:\d\d:\d\d /, '');
}

test('a line has its time, the process, what happened and the fields that have a value', () => {
  const line = read((log) =>
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

test('what is worth a look says so, an error without its stack', () => {
  const err = new TypeError('no such thing');
  expect(read((log) => log.error({ err }, 'a request failed'))).toBe(
    'gateway error a request failed err="TypeError: no such thing"\n',
  );
  expect(read((log) => log.warn('beware'))).toBe('gateway warning beware\n');
});

test('nothing in a value makes a terminal act or a line two', () => {
  const key = 'a b\n\u001B[2J\u009B2J\u007F';
  expect(read((log) => log.info({ key }, 'stream'))).toBe(
    String.raw`gateway stream key="a b\n\u001b[2J\u009b2J\u007f"` + '\n',
  );
});
