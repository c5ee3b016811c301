import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { runCommand } from '../e2e/support/command.ts';

const rehearsal = `exec ${process.execPath} ${fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url))}`;

const numbers = ['--ping-interval', '1500ms', '--stream-limit', '20s'];

/** What a machine that runs other tests beside may be too late to judge; `make test-defects` judges them too. */
const skipped = process.env['CHECK_DEFECTS'] === 'all' ? [] : ['--skip', 'D2-reading,E3'];

test('our own gateway keeps every clause and every Reading', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-check-'));
  try {
    const { code, stdout, stderr } = await runCommand(
      'check',
      'http://127.0.0.1:{port}',
      '--agent-port',
      '0',
      '--start',
      `${rehearsal} gateway --port $PORT --agent $AGENT ${numbers.join(' ')}`,
      ...numbers,
      ...skipped,
      '--out',
      folder,
    );
    expect({
      code,
      stderr,
      wrong: stdout.split('\n').filter((line) => !/ ok {2}/.test(line)),
    }).toEqual({
      code: 0,
      // A line every 15 s, since there is no terminal.
      stderr: expect.stringMatching(/^(?:\d+ of \d+ probes; running: .*\n)*$/),
      wrong: ['', skipped.length === 0 ? '29 of 29 clauses ok' : '27 of 27 clauses ok', ''],
    });
    expect((await readdir(folder)).toSorted()).toEqual([
      'badge.svg',
      'check.html',
      'check.json',
      'check.md',
      'junit.xml',
    ]);
    const { clauses } = JSON.parse(await readFile(join(folder, 'check.json'), 'utf8')) as {
      clauses: { answer: string }[];
    };
    expect(clauses.every(({ answer }) => answer === 'ok' || answer === 'skipped')).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
