import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { runInProcess } from '../e2e/support/run-in-process.ts';

test.each([
  [['--shard', '1/2', '--start-at', 'SOON'], '--shard: write --target URL'],
  [['--shard', '1/2', '--target', 'URL'], '--shard: write --start-at TIME'],
  [['--start-at', 'SOON', '--target', 'URL'], 'write --shard i/n as well'],
  [['--shard', '3/2', '--start-at', 'SOON', '--target', 'URL'], 'Write i/n'],
  [['--shard', '1/2', '--start-at', 'noon', '--target', 'URL'], 'Write a time with its zone'],
  [
    ['--shard', '1/2', '--start-at', 'PAST', '--target', 'URL'],
    's ago by the clock of this machine',
  ],
  [['--shard', '1/2', '--start-at', 'FAR', '--target', 'URL'], 'more than a day ahead'],
  [['--shard', '1/2', '--start-at', 'SOON', '--target', 'URL', '--strict'], 'write it for merge'],
  [
    ['--shard', '1/2', '--start-at', 'SOON', '--target', 'URL', '--all-streams'],
    'write it for merge',
  ],
  [['--shard', '1/2', '--start-at', 'SOON', '--target', 'URL', 'fast'], 'name one scenario'],
  [['--shard', '1/11', '--start-at', 'SOON', '--target', 'URL'], 'not enough for 11 shards'],
  [
    ['--shard', '1/2', '--start-at', 'SOON', '--target', 'URL', '--streams', '30000'],
    'divide the load into 3 shards or more',
  ],
  [['--streams', '30000', '--target', 'URL'], 'divide the load into 3 shards or more'],
])('run %j is refused', async (args, message) => {
  const times: Record<string, number> = { SOON: 60_000, PAST: -1500, FAR: 90_000_000 };
  const words = args.map((word) => {
    const inMs = times[word];
    if (inMs !== undefined) return new Date(Date.now() + inMs).toISOString();
    return word === 'URL' ? 'http://127.0.0.1:1' : word;
  });
  const out = join(tmpdir(), 'rehearsal-refused-shard');
  const { code, stdout, stderr } = await runInProcess(
    'run',
    'healthy',
    ...words,
    '--no-preflight',
    '--out',
    out,
  );
  expect(stderr).toContain(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(existsSync(out)).toBe(false);
});
