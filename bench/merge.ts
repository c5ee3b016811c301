import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

import seedrandom from 'seedrandom';

import { renderStreams } from '../reports/render/streams.ts';
import type { JudgedSample } from '../reports/sample.ts';
import { findScenarios } from '../scenarios/file/find-scenario.ts';
import { arrivalKeyOf } from '../scenarios/load/request.ts';
import { numbersOf, type Shard } from '../scenarios/load/profile/shard.ts';
import { knownFactsOf } from '../scenarios/run/describe-run.ts';
import { renderShardFile } from '../scenarios/shards/shard-file.ts';

/**
 * Measures `rehearsal merge`: time and peak memory for 200,000 streams in four shards.
 * Usage: node bench/dist/bench/merge.js [streams]
 */
const streams = Number(process.argv[2] ?? 200_000);
const shards = 4;
const messages = 85;
const perSecond = 1000;
const startAt = '2026-01-31T12:00:00.000Z';

const root = await mkdtemp(join(tmpdir(), 'rehearsal-merge-'));
try {
  const folders: string[] = [];
  let bytes = 0;
  for (let number = 1; number <= shards; number += 1) {
    const folder = join(root, String(number));
    await writeShard(folder, { number, of: shards });
    bytes += (await stat(join(folder, 'streams.jsonl'))).size;
    folders.push(folder);
  }
  print(
    `${streams} streams of ${messages} messages in ${shards} shards, ${(bytes / 1e9).toFixed(2)} GB`,
  );
  const { seconds, rssMb, code } = await merge(folders);
  print(`merged in ${seconds.toFixed(1)} s with ${rssMb.toFixed(0)} MiB (exit code ${code})`);
} finally {
  await rm(root, { recursive: true });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function writeShard(folder: string, shard: Shard): Promise<void> {
  await mkdir(folder);
  const [scenario] = await findScenarios(['benchmark']);
  if (scenario === undefined) throw new Error('the catalogue has no benchmark');
  const { toolVersion, load, ...known } = knownFactsOf(scenario, scenario.seed);
  const endMs = (streams / perSecond) * 1000;
  const samples = samplesOf(shard);
  await pipeline(
    renderEach(samples, scenario.seed),
    createWriteStream(join(folder, 'streams.jsonl')),
  );
  const text = renderShardFile({
    tool: { name: 'rehearsal', version: toolVersion },
    shard,
    startAt,
    target: 'http://staging.example/api/v1/ai/generate',
    insecure: false,
    ...known,
    load: { ...load, streams: null },
    law: 'poisson',
    result: {
      startedAfterMs: 1,
      clockSetMs: 0,
      endedAfterMs: endMs + 6000,
      phases: [
        { name: 'ramp', startAtMs: 0, endAtMs: 0 },
        { name: 'warm-up', startAtMs: 0, endAtMs: 0 },
        { name: 'window', startAtMs: 0, endAtMs: endMs },
        { name: 'drain', startAtMs: endMs, endAtMs: endMs + 6000 },
      ],
      client: { loopDelayMs: { p50: 1, p99: 10, max: 20 }, cpuCores: 0.5, rssMb: 300 },
      droppedAtMs: [],
      streams: [...numbersOf(shard, streams)].length,
    },
  });
  await writeFile(join(folder, 'shard.json'), text);
}

/** Renders one stream at a time: all samples at once would not fit into the memory. */
function* renderEach(samples: Iterable<JudgedSample>, seed: number): Generator<string> {
  for (const sample of samples) yield* renderStreams([sample], { all: true, seed });
}

function* samplesOf(shard: Shard): Generator<JudgedSample> {
  const random = seedrandom(`shard ${shard.number}`);
  for (const n of numbersOf(shard, streams)) {
    const startAtMs = (n * 1000) / perSecond + random();
    let atMs = 150 + random() * 300;
    const arrivals = Array.from({ length: messages }, (_, index) => {
      if (index > 0) atMs += 30 + random() * 40;
      return { atMs, chars: (index + 1) * 6, bytes: (index + 1) * 74 };
    });
    yield {
      slot: n,
      key: arrivalKeyOf(n),
      phase: 'window',
      startAtMs,
      startLagMs: random() * 5,
      status: 200,
      contentType: 'text/event-stream',
      arrivals,
      messages: messages + 1,
      pings: 0,
      readSlowly: false,
      durationMs: atMs + 5,
      outcome: random() < 0.001 ? 'reset' : 'completed',
      detail: '',
      textSha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      planned: null,
    };
  }
}

async function merge(
  folders: readonly string[],
): Promise<{ seconds: number; rssMb: number; code: number | null }> {
  const entry = fileURLToPath(new URL('../scenarios/main.js', import.meta.url));
  const report = join(root, 'peak');
  // Only the process itself can read its peak memory.
  const tellPeak = `data:text/javascript,import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(process.env.PEAK_FILE,String(process.resourceUsage().maxRSS)))`;
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', tellPeak, entry, 'merge', ...folders, '--out', join(root, 'merged')],
    { env: { ...process.env, PEAK_FILE: report }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  await once(child, 'close');
  const seconds = (performance.now() - startedMs) / 1000;
  return { seconds, rssMb: Number(await readFile(report, 'utf8')) / 1024, code: child.exitCode };
}
