import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { fingerprintOf } from './fingerprint-scenario.ts';
import { readScenario } from '../file/read-scenario.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-fingerprint-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function fingerprint(source: string, story = 'Once.', seed = 1) {
  const file = join(folder, 'tale.yaml');
  await writeFile(join(folder, 'story.txt'), story);
  await writeFile(file, `version: 1\n${source}`);
  return fingerprintOf(await readScenario(file), seed);
}

const tale = 'description: A tale.\nbehaviour: { text: { file: story.txt }, firstToken: 9ms }\n';

test('another notation of the same content is the same scenario', async () => {
  const first = await fingerprint(`${tale}load: { streams: 5, ramp: 1s }\n`);
  const second = await fingerprint(
    'load: { ramp: 1s, streams: 5 } # as ever\n' +
      'targets: { firstChunk: { target: 1s, alarm: 2s } }\n' +
      'behaviour:\n  firstToken: 9ms\n  text:\n    file: story.txt\n' +
      'description: The same tale.\n',
  );
  expect(second).toEqual(first);
});

test('another behaviour, load, seed or named file is another scenario', async () => {
  const first = await fingerprint(tale);
  const slower = await fingerprint(tale.replace('9ms', '10ms'));
  expect(slower).toMatchObject({ load: first.load, seed: 1 });
  expect(slower.behaviour).not.toBe(first.behaviour);
  const loaded = await fingerprint(`${tale}load: { streams: 6 }\n`);
  expect(loaded.behaviour).toBe(first.behaviour);
  expect(loaded.load).not.toBe(first.load);
  const others = [
    slower,
    loaded,
    await fingerprint(tale, 'Once.', 2),
    await fingerprint(tale, 'Twice.'),
  ];
  const hashes = [first, ...others].map(({ hash }) => hash);
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('another traffic trace is another load', async () => {
  const withTrace = async (lines: string) => {
    await writeFile(join(folder, 'traffic.jsonl'), lines);
    return fingerprint(`${tale}load: { arrivals: { trace: traffic.jsonl } }\n`);
  };
  const first = await withTrace('{"timestamp":0}\n{"timestamp":5}\n');
  const second = await withTrace('{"timestamp":0}\n{"timestamp":6}\n');
  expect(second.behaviour).toBe(first.behaviour);
  expect(second.load).not.toBe(first.load);
});
