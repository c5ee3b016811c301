import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { psTimeMs, usageOf } from './group-usage.ts';

test('usage covers all processes of a group and no others', async () => {
  const work = 'process.stdout.write("up"); let n = 0; for (;;) n += 1;';
  const child = spawn(
    `"${process.execPath}" -e '${work}' & exec "${process.execPath}" -e '${work}'`,
    {
      shell: true,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const group = child.pid ?? 0;
  try {
    await once(child.stdout, 'data');
    await expect.poll(async () => (await usageOf([group])).cpuMs).toBeGreaterThan(100);
    const { rssBytes } = await usageOf([group]);
    expect(rssBytes).toBeGreaterThan(20 * 2 ** 20);
  } finally {
    process.kill(-group, 'SIGKILL');
  }
  await expect.poll(async () => (await usageOf([group])).rssBytes).toBe(0);
});

test('parses every form of the times of ps', () => {
  expect(psTimeMs('0:01.25')).toBe(1250);
  expect(psTimeMs('00:01:02')).toBe(62_000);
  expect(psTimeMs('2-01:00:00')).toBe((48 + 1) * 3_600_000);
});
