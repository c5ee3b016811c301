import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Report } from '../../reports/report.ts';
import { exampleReport } from '../../reports/testing/example-report.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-compare-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, load: Partial<Report['load']>): Promise<string> {
  const report = exampleReport();
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ ...report, load: { ...report.load, ...load } }));
  return file;
}

test('runs over different transports are refused with both', async () => {
  const base = await write('post', {});
  const head = await write('get', { transport: 'get' });
  expect((await runInProcess('compare', base, base)).code).toBe(0);
  const { code, stdout, stderr } = await runInProcess('compare', base, head);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(
    'these are runs over different transports (POST over HTTP/1.1, GET over HTTP/1.1), which cannot be compared; run both sides with the same transport and httpVersion of load.request',
  );
  const http2 = await write('http2', { httpVersion: '2' });
  expect(await runInProcess('compare', base, http2)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('(POST over HTTP/1.1, POST over HTTP/2)'),
  });
});
