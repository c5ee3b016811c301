import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { parseReport } from '../../reports/parse-report.ts';
import { startCommand } from '../e2e/support/command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-invalid-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('a run whose load client is starved is invalid: exit code 3, with advice', async () => {
  const file = join(folder, 'starved.yaml');
  await writeFile(
    file,
    `version: 1
description: ten streams, read by a client that hardly runs
behaviour: { text: { generate: { chars: 200 } }, firstToken: 20ms, interToken: 10ms }
load: { streams: 10, ramp: 100ms, warmUp: 0s, window: 3s }
`,
  );
  const out = join(folder, 'out');
  const run = startCommand(['run', file, '--out', out]);
  // Only the client: agent and gateway have their own processes, which continue.
  for (let ended; ended === undefined; ended = await Promise.race([run.ended, sleep(20)])) {
    run.kill('SIGSTOP');
    await sleep(150);
    run.kill('SIGCONT');
  }
  const { code, stdout } = await run.ended;
  expect(code).toBe(3);
  expect(stdout).toContain('INVALID');
  const report = parseReport(await readFile(join(out, 'report.json'), 'utf8'), 'report.json');
  const beyond = report.judgement.validity.filter(({ state }) => state === 'beyond');
  expect(beyond.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['clientLoopDelay', 'clientRead']),
  );
  expect(report.judgement.invalidReasons.join()).toContain(
    'run fewer streams, or the load on a machine of its own',
  );
  // By its own clock the agent was in time.
  expect(report.metrics.latenessByHop?.agentMs?.p50).toBeLessThan(50);
}, 60_000);
