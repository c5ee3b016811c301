import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { parseReport } from '../../reports/parse-report.ts';
import { runCommand } from '../e2e/support/command.ts';

/** Runs of our own stack, compared with the plans of their streams. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-expectations-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function reportOf(name: string, yaml: string) {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, `version: 1\ndescription: of a test\n${yaml}`);
  const out = join(folder, name);
  await runCommand('run', file, '--out', out);
  return parseReport(await readFile(join(out, 'report.json'), 'utf8'), 'report.json');
}

test('a run in which every stream fails as planned meets all expectations', async () => {
  const report = await reportOf(
    'fails',
    `behaviour:
  text: { generate: { chars: 60 } }
  firstToken: 50ms
  interToken: 10ms
  faults:
    - refuse: { status: RESOURCE_EXHAUSTED }
      probability: 40%
    - errorStatus: { at: { chars: 30 }, status: INTERNAL, details: no memory }
    - silence: { at: { chars: 20 } }
      probability: 20%
load: { streams: 8, ramp: 200ms, warmUp: 0s, window: 2s, idleLimit: 800ms }
`,
  );
  expect(report.expectations).toMatchObject({ otherwise: 0, open: 0, differences: [] });
  expect(report.expectations?.asForetold).toBe(report.metrics.streams.judged);
  const { rejected, failed, stalled } = report.metrics.outcomes;
  expect(Math.min(rejected, failed, stalled)).toBeGreaterThan(0);
  expect(report.metrics.streamSuccess).toBe(0);
  const shares = report.judgement.targets.filter(({ name }) => /Success|Otherwise/.test(name));
  expect(shares.map(({ name, state }) => [name, state])).toEqual([
    ['connectionSuccess', 'ok'],
    ['streamSuccess', 'not-judged'],
    ['failuresOtherwise', 'ok'],
  ]);
});

test.each(['crash: { at: { chars: 30 } }', 'down: { at: { chars: 30 }, for: 300ms }'])(
  'streams that break the connection of others (%s) end as planned',
  async (fault) => {
    const report = await reportOf(
      fault.slice(0, fault.indexOf(':')),
      `behaviour:
  text: { generate: { chars: 60 } }
  firstToken: 50ms
  interToken: 10ms
  faults:
    - ${fault}
      probability: 20%
load: { streams: 10, ramp: 200ms, warmUp: 0s, window: 4s }
`,
    );
    expect(report.expectations).toMatchObject({ otherwise: 0, open: 0, differences: [] });
    expect(report.metrics.outcomes.failed).toBeGreaterThan(0);
    expect(report.judgement.targets.find(({ name }) => name === 'failuresOtherwise')?.state).toBe(
      'ok',
    );
  },
  60_000,
);

test('a run that deviates from its plans lists the deviations, and fails', async () => {
  // Ten concurrent streams make the agent ten times as slow as planned; the load's idle limit is shorter.
  const report = await reportOf(
    'slow',
    `behaviour:
  text: { generate: { chars: 60 } }
  firstToken: 200ms
  interToken: 10ms
  slowing: { above: 1, perStream: 100% }
  faults:
    - errorStatus: { at: { chars: 30 }, status: INTERNAL, details: no memory }
      probability: 50%
load: { streams: 10, ramp: 0s, warmUp: 0s, window: 1s, idleLimit: 600ms }
`,
  );
  const { expectations, judgement } = report;
  expect(expectations?.otherwise).toBeGreaterThan(0);
  expect(expectations?.differences).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ foretold: 'completed', seen: 'stalled: no text for 0.6 s' }),
      expect.objectContaining({
        foretold: 'failed: GENERATION_ERROR',
        seen: 'stalled: no text for 0.6 s',
      }),
    ]),
  );
  const states = Object.fromEntries(judgement.targets.map(({ name, state }) => [name, state]));
  expect(states).toMatchObject({ streamSuccess: 'alarm', failuresOtherwise: 'alarm' });
});

test('streams that the load leaves are not failures, and the agent cancels them', async () => {
  const report = await reportOf(
    'leaves',
    `behaviour:
  text: { generate: { chars: 2000 } }
  firstToken: 20ms
  interToken: 5ms
load:
  total: 40
  streams: 8
  ramp: 0s
  leave: { after: { chunks: 5 }, probability: 80% }
`,
  );
  expect(report.metrics.outcomes.left).toBeGreaterThan(20);
  expect(report.metrics.streamSuccess).toBe(1);
  const { expected, seen } = report.expectations?.cancels ?? { expected: 0, seen: 0 };
  expect(expected).toBeGreaterThanOrEqual(report.metrics.outcomes.left);
  expect(seen).toBe(expected);
  expect(report.judgement.targets).toContainEqual(
    expect.objectContaining({ name: 'missedCancels', value: 0, state: 'ok' }),
  );
});

test('streams that the load reads slowly are judged by their ends, not by their times', async () => {
  const report = await reportOf(
    'slow-readers',
    `behaviour:
  text: { generate: { chars: 200 } }
  firstToken: 20ms
  interToken: 2ms
load:
  total: 40
  streams: 10
  ramp: 0s
  readSlowly: { bytesPerSec: 2000, probability: 50% }
`,
  );
  const { metrics, expectations, judgement } = report;
  expect(metrics.outcomes.completed).toBe(40);
  expect(expectations).toMatchObject({ asForetold: 40, otherwise: 0 });
  // At 2000 bytes per second 200 characters take a second or more, otherwise 300 ms.
  expect(metrics.durationMs?.count).toBeLessThan(40);
  expect(metrics.durationMs?.count).toBeGreaterThan(0);
  // Slow reading does not count as lateness of the load client, which would be a second.
  const clientRead = judgement.validity.find(({ name }) => name === 'clientRead');
  expect(clientRead?.value).toBeLessThan(700);
});
