import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { buildReport } from '../../reports/build-report.ts';
import { renderHtml } from '../../reports/render/html.ts';
import { renderJunit } from '../../reports/render/junit.ts';
import { renderMarkdown } from '../../reports/render/markdown.ts';
import { renderTerminal } from '../../reports/render/terminal.ts';
import type { Report } from '../../reports/report.ts';
import { outcomes, type JudgedSample } from '../../reports/sample.ts';
import { exampleFacts } from '../../reports/testing/example-run.ts';
import { makeSample } from '../../reports/testing/make-sample.ts';
import { mergeShards } from './merge-shards.ts';
import type { ShardResult } from './shard-file.ts';
import { exampleShard, writeShard } from './testing/example-shards.ts';

let root: string;
let folders = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rehearsal-shards-'));
});

afterAll(() => rm(root, { recursive: true }));

/** Streams of all phases and outcomes; some start at the same moment. */
const streams = fc
  .array(
    fc.record({
      startAtMs: fc.oneof(
        fc.integer({ min: 0, max: 40 }).map((n) => n * 700),
        fc.double({ min: 0, max: 29_000, noNaN: true, noDefaultInfinity: true }),
      ),
      outcome: fc.constantFrom(...outcomes),
      detail: fc.constantFrom('', 'ECONNRESET', 'status 503', 'INTERNAL'),
      contentType: fc.constantFrom('text/event-stream', 'text/event-stream; charset=utf-8', null),
      firstMs: fc.double({ min: 1, max: 900, noNaN: true }),
      gapsMs: fc.array(fc.double({ min: 0, max: 1500, noNaN: true }), { maxLength: 6 }),
      startLagMs: fc.double({ min: 0, max: 20, noNaN: true }),
      readSlowly: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((all) =>
    all.map(({ firstMs, gapsMs, startAtMs, ...facts }, slot): JudgedSample => {
      let atMs = firstMs;
      const arrivals = [0, ...gapsMs].map((gapMs, index) => {
        atMs += gapMs;
        return { atMs, chars: (index + 1) * 5, bytes: (index + 1) * 61 };
      });
      return makeSample({
        slot,
        key: `load-${slot}-0`,
        phase: startAtMs < 5000 ? 'ramp' : startAtMs < 10_000 ? 'warm-up' : 'window',
        startAtMs,
        arrivals,
        durationMs: atMs + 1,
        ...facts,
      });
    }),
  );

/** Writes the shards of a load. */
async function divide(
  samples: readonly JudgedSample[],
  of: number,
  resultOf: (number: number) => Partial<ShardResult> = () => ({}),
): Promise<string[]> {
  const base = join(root, String((folders += 1)));
  return Promise.all(
    Array.from({ length: of }, async (_, index) => {
      const own = samples.filter(({ slot }) => slot % of === index);
      const folder = join(base, String(index + 1));
      await writeShard(folder, exampleShard({ number: index + 1, of }, resultOf(index + 1)), own);
      return folder;
    }),
  );
}

/** Leaves out what describes the shards: each one's figures, and the checks that the worst one answers. */
function withoutShards({ judgement, ...report }: Report): string {
  const ofShards = new Set(['clientLoopDelay', 'startLag', 'shardStart']);
  const validity = judgement.validity.filter(({ name }) => !ofShards.has(name));
  return JSON.stringify({ ...report, judgement: { ...judgement, validity }, shards: [] });
}

test('any division, merged in any order, makes the report of the undivided load', async () => {
  await fc.assert(
    fc.asyncProperty(
      streams,
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.infiniteStream(fc.nat()),
      async (samples, of, otherOf, order) => {
        const ranks = new Map(samples.map(({ key }) => [key, order.next().value ?? 0]));
        const shuffled = samples.toSorted(
          (a, b) => (ranks.get(a.key) ?? 0) - (ranks.get(b.key) ?? 0),
        );
        const shards = await divide(shuffled, of);
        const merged = await mergeShards(shards, { strict: false });
        const reordered = await mergeShards(shards.toReversed(), { strict: false });
        expect(JSON.stringify(reordered)).toBe(JSON.stringify(merged));
        const other = await mergeShards(await divide(samples, otherOf), { strict: false });
        expect(withoutShards(other.report)).toBe(withoutShards(merged.report));

        const whole = buildReport(
          exampleFacts({ target: merged.report.target, health: merged.report.health }),
          samples.toSorted((a, b) => a.startAtMs - b.startAtMs || (a.key < b.key ? -1 : 1)),
        );
        expect(merged.report.metrics).toEqual(whole.metrics);
        expect(merged.report.judgement.targets).toEqual(whole.judgement.targets);
        expect(merged.report.failures).toEqual(whole.failures);
        expect(merged.report.sampleStreams).toEqual(whole.sampleStreams);
        expect(merged.report.series).toEqual(whole.series);
      },
    ),
    { numRuns: 20 },
  );
});

const twelve = () =>
  Array.from({ length: 12 }, (_, slot) =>
    makeSample({ slot, key: `load-${slot}-0`, startAtMs: 11_000 + slot }),
  );

const merge = (shards: string[]) => mergeShards(shards, { strict: false });

test('the slowest shard decides whether the run is valid, and is named', async () => {
  const { client } = exampleFacts().health;
  const late = { ...client, loopDelayMs: { p50: 1, p99: 80, max: 200 } };
  const { report } = await merge(
    await divide(twelve(), 3, (number) => (number === 2 ? { client: late } : {})),
  );
  expect(report.judgement.verdict).toBe('invalid');
  expect(report.judgement.invalidReasons).toEqual([
    expect.stringContaining('load client of shard 2 of 3, event loop: 80 ms late at p99'),
  ]);
  expect(report.health.client.loopDelayMs).toEqual(late.loopDelayMs);
});

test('one shard that starts its streams late makes the run invalid, however many are in time', async () => {
  const samples = Array.from({ length: 900 }, (_, slot) =>
    makeSample({ slot, key: `load-${slot}-0`, startLagMs: slot === 7 ? 150 : 1 }),
  );
  const { report } = await merge(await divide(samples, 300));
  expect(report.metrics.startLagMs?.p99).toBe(1);
  expect(report.judgement.invalidReasons).toEqual([
    expect.stringContaining('load client of shard 8 of 300, start of streams: 150 ms late'),
  ]);
});

test.each([
  [{ startedAfterMs: 600 }, 'shard 3 of 3 started 600 ms after the common start'],
  [{ startedAfterMs: -1, clockSetMs: 400 }, 'shard 3 of 3 started 399 ms after the common start'],
  [{ clockSetMs: -703 }, 'shard 3 of 3 started 700 ms before the common start'],
])('shards that start apart are no one load: %o', async (result, reason) => {
  const { report } = await merge(
    await divide(twelve(), 3, (number) => (number === 3 ? result : {})),
  );
  expect(report.judgement.verdict).toBe('invalid');
  expect(report.judgement.invalidReasons).toEqual([expect.stringContaining(reason)]);
});

test('shards that start within the bound are valid, and the report has how far apart they started', async () => {
  const { report } = await merge(
    await divide(twelve(), 3, (number) => ({ startedAfterMs: number * 10 })),
  );
  expect(report.judgement.verdict).not.toBe('invalid');
  expect(report.judgement.validity).toContainEqual(
    expect.objectContaining({ name: 'shardStart', state: 'ok', value: 30, bound: 250 }),
  );
  expect(report.shards.map(({ startedAfterMs }) => startedAfterMs)).toEqual([10, 20, 30]);
});

test('every rendering shows the shards', async () => {
  const { report } = await merge(
    await divide(twelve(), 3, (number) => ({ startedAfterMs: number * 10 })),
  );
  const summary = '3 shards, started within 30 ms';
  const terminal = renderTerminal(report, { colors: false, columns: 120 });
  expect(terminal).toContain(summary);
  expect(terminal).toMatch(/^ *2 +4 +20 ms +0 ms +11.2 ms +0.41 +214 MiB$/m);
  const markdown = renderMarkdown(report);
  expect(markdown).toContain(summary);
  expect(markdown).toContain('| 2 | 4 | 20 ms | 0 ms | 11.2 ms | 0.41 | 214 MiB |');
  expect(renderHtml(report)).toContain('<section id="shards">');
  const junit = renderJunit(report);
  expect(junit).toContain(`<property name="shards" value="${summary}"/>`);
  expect(junit).toContain('shard 2, streams 4, started after 20 ms, start lag p99 0 ms');
});

test('of many shards a text shows the latest ones', async () => {
  const { client } = exampleFacts().health;
  const { report } = await merge(
    await divide(twelve(), 40, (number) => ({
      client: { ...client, loopDelayMs: { p50: 0, p99: number, max: number } },
    })),
  );
  const markdown = renderMarkdown(report);
  expect(markdown).toContain(
    '40 shards, started within 3 ms; the 20 with the latest event loops are shown.',
  );
  expect(markdown).toContain('| 40 | 0 | 3 ms | – | 40 ms |');
  expect(markdown).not.toContain('| 20 | 0 |');
});

const changed = async (change: (shards: string[]) => Promise<unknown>) => {
  const shards = await divide(twelve(), 3);
  await change(shards);
  return merge(shards).then(
    () => '',
    (error: Error) => error.message.replaceAll(root, ''),
  );
};

const at = (shards: string[], index: number, file: string) => join(shards[index] ?? '', file);

test('streams that are not those of the shard are refused', async () => {
  const file = 'streams.jsonl';
  expect(await changed((all) => rm(at(all, 1, file)))).toMatch(/\/2: streams.jsonl: is missing/);
  expect(
    await changed(async (all) => {
      await rm(at(all, 1, file));
      execFileSync('/usr/bin/mkfifo', [at(all, 1, file)]);
    }),
  ).toMatch(/\/2: streams.jsonl: is not a file/);
  expect(await changed(async (all) => truncate(at(all, 1, file), 700))).toMatch(
    /\/2: streams.jsonl: line 2: is not JSON: it was not copied completely/,
  );
  const lines = async (all: string[], index: number) =>
    (await readFile(at(all, index, file), 'utf8')).split('\n');
  expect(
    await changed(async (all) => {
      const [first] = await lines(all, 1);
      await writeFile(at(all, 1, file), `${first}\n`);
    }),
  ).toMatch(/\/2: streams.jsonl: has 1 streams of 4/);
  expect(
    await changed(async (all) => {
      const [first] = await lines(all, 0);
      await appendFile(at(all, 1, file), `${first}\n`);
    }),
  ).toMatch(/\/2: streams.jsonl: line 5: the stream load-0-0 is not of this shard/);
  expect(
    await changed(async (all) => {
      const [first] = await lines(all, 1);
      await appendFile(at(all, 1, file), `${first}\n`);
    }),
  ).toMatch(/\/2: streams.jsonl: line 5: the stream load-1-0 again/);
  expect(
    await changed(async (all) => {
      const [first = '', ...others] = await lines(all, 1);
      const thin = first.replace('"arrivals":[]', '"arrivals":null');
      await writeFile(at(all, 1, file), [thin, ...others].join('\n'));
    }),
  ).toMatch(/line 1: is not a stream with all its messages: arrivals: must be a list of \{atMs,/);
  expect(await changed((all) => writeFile(at(all, 1, file), 'null\n'))).toMatch(
    /\/2: streams.jsonl: line 1: is not a stream with all its messages: must be a map$/,
  );
});

test('a folder without a readable shard.json is refused', async () => {
  const file = 'shard.json';
  expect(await changed((all) => rm(at(all, 1, file)))).toMatch(
    /\/2: not the folder of a shard: shard.json: there is no such file/,
  );
  const outside = async (all: string[]) => {
    const text = await readFile(at(all, 1, file), 'utf8');
    await writeFile(at(all, 1, file), text.replace('"healthy"', '"../../healthy"'));
  };
  expect(await changed(outside)).toMatch(/\/2: shard.json: scenario.name: /);
  const replaced = (text: string, other: string) =>
    changed(async (all) => {
      const content = await readFile(at(all, 1, file), 'utf8');
      expect(content).toContain(text);
      await writeFile(at(all, 1, file), content.replace(text, other));
    });
  expect(await replaced('"number": 2', '"number": 0')).toMatch(
    /\/2: shard.json: shard.number: must be at least 1$/,
  );
  expect(await replaced('"number": 2', '"number": 9')).toMatch(
    /\/2: shard.json: shard.number: must not exceed shard.of$/,
  );
  expect(await replaced('"version": 1', '"extra": 1, "version": 1')).toMatch(
    /\/2: shard.json: unknown key "extra"$/,
  );
  expect(await changed((all) => writeFile(at(all, 1, file), '{'))).toMatch(
    /\/2: shard.json is not JSON/,
  );
  expect(
    await changed((all) => writeFile(at(all, 1, file), '{"version":7,"tool":{"version":"3.2.1"}}')),
  ).toMatch(/merge it with rehearsal 3.2.1/);
  expect(await changed((all) => writeFile(at(all, 1, file), '{"version":1}'))).toMatch(
    /\/2: shard.json: tool: /,
  );
});
