import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { parseReport } from '../../reports/parse-report.ts';
import type { StreamLine } from '../../reports/render/streams.ts';
import { runCommand } from './support/command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-traffic-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('recorded traffic is repeated at its times, with its prompts, and each stream is judged by its plan', async () => {
  const file = join(folder, 'recorded.yaml');
  const requests = [
    { timestamp: 1000, prompt: 'an echo of this' },
    { timestamp: 1200, input_length: 40, output_length: 5 },
    { timestamp: 1200, prompt: 'a poem, please' },
    { timestamp: 1600 },
  ];
  await writeFile(
    join(folder, 'traffic.jsonl'),
    requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
  );
  await writeFile(
    file,
    `version: 1
description: a test
behaviour: { text: echo, firstToken: 10ms, interToken: 1ms }
cases:
  - when: { promptContains: poem }
    behaviour: { text: { given: Roses are red. }, firstToken: 10ms, interToken: 1ms }
load:
  arrivals: { trace: traffic.jsonl }
  request: { prompt: for all others }
`,
  );
  const out = join(folder, 'out');
  await runCommand('run', file, '--out', out);
  const report = parseReport(await readFile(join(out, 'report.json'), 'utf8'), 'report.json');
  expect(report).toMatchObject({
    arrivals: { law: 'trace', dropped: 0 },
    load: { streams: null, total: null, steady: false, rampSec: 0, windowSec: 0.601 },
    metrics: { streams: { judged: 4 }, streamSuccess: 1, textMismatches: 0 },
    expectations: { asForetold: 4, otherwise: 0 },
  });
  const lines = (await readFile(join(out, 'streams.jsonl'), 'utf8')).trimEnd().split('\n');
  const streams = lines
    .map((line) => JSON.parse(line) as StreamLine)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  expect(streams.map(({ key, startAtMs, chars }) => ({ key, startAtMs, chars }))).toEqual([
    { key: 'load-0', startAtMs: 0, chars: 15 },
    { key: 'load-1', startAtMs: 200, chars: 160 },
    { key: 'load-2', startAtMs: 200, chars: 14 },
    { key: 'load-3', startAtMs: 600, chars: 14 },
  ]);
});
