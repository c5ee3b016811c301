import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { parseReport } from '../../reports/parse-report.ts';
import type { StreamLine } from '../../reports/render/streams.ts';
import { verdictExitCodes } from '../console/exit-codes.ts';
import { runCommand, startCommand, startServer } from './support/command.ts';
import { startTimeoutMs, startTogether } from './support/start-together.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-shards-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function scenarioFile(name: string, load: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(
    file,
    `version: 1
description: a test
behaviour:
  text: { generate: { chars: 60 } }
  firstToken: 30ms
  interToken: 5ms
  faults:
    - errorStatus: { at: { chars: 20 }, status: INTERNAL }
      probability: 30%
    - refuse: { status: UNAVAILABLE }
      probability: 20%
load: ${load}
`,
  );
  return file;
}

const readStreams = async (path: string): Promise<StreamLine[]> =>
  (await readFile(join(path, 'streams.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StreamLine);

const readReport = async (path: string) =>
  parseReport(await readFile(join(path, 'report.json'), 'utf8'), 'report.json');

/** The facts of a stream that its key decides. */
const decided = (streams: readonly StreamLine[]) =>
  streams
    .map(({ key, outcome, detail, status, textSha256, chars }) => ({
      key,
      outcome,
      detail,
      status,
      textSha256,
      chars,
    }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));

const dues = (streams: readonly StreamLine[]) =>
  Object.fromEntries(streams.map(({ key, startAtMs }) => [key, startAtMs]));

test(
  'three processes run the streams of one, each once, and their merge is one report',
  { timeout: startTimeoutMs },
  async () => {
    const file = await scenarioFile(
      'parts',
      '{ arrivals: { perSecond: 60 }, ramp: 500ms, total: 90 }',
    );
    const serve = () => startServer('serve', [file]);
    const whole = await serve();
    const wholeOut = join(folder, 'whole');
    await runCommand('run', file, '--target', whole.origin, '--out', wholeOut);

    const outs = [1, 2, 3].map((number) => join(folder, `shard-${number}`));
    const { startAtMs, ended } = await startTogether(async (startAtMs) => {
      // A server that has not seen these keys before.
      const { origin } = await serve();
      const startAt = new Date(startAtMs).toISOString();
      return Promise.all(
        outs.map((out, index) => {
          const shard = ['--shard', `${index + 1}/3`, '--start-at', startAt];
          return runCommand('run', file, '--target', origin, ...shard, '--out', out);
        }),
      );
    });
    for (const [index, { code, stdout, stderr }] of ended.entries()) {
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toBe(`Shard ${index + 1} of 3: 30 streams in ${outs[index]}\n`);
      expect(stderr).toContain(`parts, shard ${index + 1} of 3: arrivals`);
      expect((await readdir(outs[index] ?? '')).toSorted()).toEqual([
        'shard.json',
        'streams.jsonl',
      ]);
    }

    const mergedOut = join(folder, 'merged');
    const merged = await runCommand('merge', ...outs.toReversed(), '--out', mergedOut);
    const report = await readReport(mergedOut);
    expect(merged.code).toBe(verdictExitCodes[report.judgement.verdict]);
    expect(merged.stdout).toContain('3 shards, started within');
    expect(report.shards.map(({ number, streams }) => [number, streams])).toEqual([
      [1, 30],
      [2, 30],
      [3, 30],
    ]);
    expect(report).toMatchObject({
      startedAt: new Date(startAtMs).toISOString(),
      target: { ours: false },
      metrics: { streams: { total: 90, judged: 90 } },
      load: { total: 90 },
    });

    const [one, three] = [await readStreams(wholeOut), await readStreams(mergedOut)];
    expect(decided(three)).toEqual(decided(one));
    expect(dues(three)).toEqual(dues(one));
    expect(new Set(three.map(({ slot }) => slot % 3)).size).toBe(3);
    const wholeReport = await readReport(wholeOut);
    expect(report.metrics.outcomes).toEqual(wholeReport.metrics.outcomes);
    expect(report.metrics.streamSuccess).toBe(wholeReport.metrics.streamSuccess);
    expect(new Set(report.failures.map(({ count }) => count))).toEqual(
      new Set(wholeReport.failures.map(({ count }) => count)),
    );
    expect((await readdir(mergedOut)).toSorted()).toEqual((await readdir(wholeOut)).toSorted());
    const again = await runCommand('report', mergedOut);
    expect(again.stdout).toContain('3 shards, started within');
  },
);

test('a closed load is divided by its slots', { timeout: startTimeoutMs }, async () => {
  const file = await scenarioFile('slots', '{ streams: 5, ramp: 500ms, total: 20 }');
  const { origin } = await startServer('serve', [file]);
  const outs = [1, 2].map((number) => join(folder, `slots-${number}`));
  await startTogether((startAtMs) =>
    Promise.all(
      outs.map((out, index) => {
        const shard = ['--shard', `${index + 1}/2`, '--start-at', String(startAtMs / 1000)];
        return runCommand('run', file, '--target', origin, ...shard, '--out', out);
      }),
    ),
  );
  const [odd = [], even = []] = await Promise.all(outs.map(readStreams));
  expect(new Set(odd.map(({ slot }) => slot))).toEqual(new Set([0, 2, 4]));
  expect(new Set(even.map(({ slot }) => slot))).toEqual(new Set([1, 3]));
  const keys = [...odd, ...even].map(({ key }) => key);
  expect(new Set(keys)).toEqual(new Set(Array.from({ length: 20 }, (_, n) => `load-${n}`)));
  const firstOf = (slot: number) => [...odd, ...even].find((stream) => stream.slot === slot);
  // Slot 4 starts at the end of the ramp of all five, not of the three of its shard.
  expect([0, 1, 2, 3, 4].map((slot) => firstOf(slot)?.startAtMs)).toEqual([0, 100, 200, 300, 400]);
});

test(
  'a shard that starts late, and one whose process is too slow, make an invalid run',
  { timeout: startTimeoutMs },
  async () => {
    const file = await scenarioFile(
      'late',
      '{ arrivals: { perSecond: 40 }, ramp: 0s, warmUp: 0s, window: 4s }',
    );
    const { origin } = await startServer('serve', [file]);
    const blockFor =
      'const blockFor = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };\n';
    const outs = [1, 2].map((number) => join(folder, `late-${number}`));
    const { ended } = await startTogether((startAtMs) => {
      const blocked = [
        `setTimeout(() => blockFor(600), ${startAtMs} - 100 - Date.now());`,
        'setInterval(() => blockFor(250), 400).unref();',
      ];
      return Promise.all(
        outs.map(async (out, index) => {
          const script = `${out}.mjs`;
          await writeFile(script, `${blockFor}${blocked[index]}`);
          const shard = ['--shard', `${index + 1}/2`, '--start-at', String(startAtMs)];
          return startCommand(['run', file, '--target', origin, '--out', out, ...shard], {
            env: { ...process.env, NODE_OPTIONS: `--import=${script}` },
          }).ended;
        }),
      );
    });
    expect(ended).toEqual(outs.map(() => expect.objectContaining({ code: 0 })));
    const { code, stdout } = await runCommand('merge', ...outs, '--out', join(folder, 'late'));
    expect(code).toBe(3);
    const [first = 0] = (await readReport(join(folder, 'late'))).shards.map(
      ({ startedAfterMs }) => startedAfterMs,
    );
    expect(first).toBeGreaterThan(250);
    expect(stdout).toContain('shard 1 of 2 started');
    expect(stdout).toContain('load client of shard 2 of 2, event loop');
  },
);

test('a shard that is interrupted is refused by merge', async () => {
  const file = await scenarioFile('long', '{ streams: 2, window: 1m }');
  const { origin } = await startServer('serve', [file]);
  const out = join(folder, 'interrupted');
  await mkdir(out);
  // Of an earlier run: it may not make the shard look complete.
  await writeFile(join(out, 'streams.jsonl'), '');
  const startAt = String(Math.ceil(Date.now() / 1000) + 10);
  const shard = ['--shard', '1/2', '--start-at', startAt];
  const run = startCommand(['run', file, '--target', origin, ...shard, '--out', out]);
  await expect.poll(run.stderr).toContain('ramp');
  run.kill('SIGINT');
  const { code, stdout, stderr } = await run.ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toContain(
    'interrupted; the shard is incomplete, and `rehearsal merge` refuses it',
  );
  expect(await readdir(out)).toEqual(['shard.json']);
  const merge = await runCommand('merge', out, '--out', join(folder, 'none'));
  expect(merge.code).toBe(2);
  expect(merge.stderr).toContain(`${out}: broken off`);
  expect(merge.stderr).toContain('missing: shard 2/2');
  expect(await readdir(folder)).not.toContain('none');
  const onto = await runCommand('merge', out, '--out', out);
  expect(onto).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is the folder of a shard'),
  });
});
