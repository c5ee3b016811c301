import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import type { JudgedSample } from '../../reports/sample.ts';
import { exampleReport } from '../../reports/testing/example-report.ts';
import { makeSample } from '../../reports/testing/make-sample.ts';
import { prepareFolder, prepareOwnFolder, writeRenderings, writeRun } from './write-run.ts';

const cwd = process.cwd();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-write-run-'));
  process.chdir(folder);
});

afterEach(async () => {
  process.chdir(cwd);
  await rm(folder, { recursive: true });
});

const files = [
  'benchmark.json',
  'junit.xml',
  'report.html',
  'report.json',
  'report.md',
  'series.csv',
  'streams.jsonl',
];

test('a run is written with all its renderings, and nothing is left of the writing', async () => {
  await writeRun(folder, { report: exampleReport(), samples: [makeSample()] });
  expect((await readdir(folder)).toSorted()).toEqual(files);
});

test('a file that breaks off leaves the one that was there, and no half one', async () => {
  await writeFile('streams.jsonl', 'of the last run\n');
  // No JSON can carry a bigint, so the second line throws.
  const broken = { ...makeSample(), status: 1n } as unknown as JudgedSample;
  await expect(
    writeRun(folder, { report: exampleReport(), samples: [makeSample(), broken] }),
  ).rejects.toMatchObject({ code: 'usage' });
  expect(await readFile('streams.jsonl', 'utf8')).toBe('of the last run\n');
});

test('what cannot be written is told in a line that names file and folder, and the rest is written', async () => {
  await mkdir('report.html');
  await expect(writeRenderings(folder, exampleReport())).rejects.toThrow(
    new RegExp(`^cannot write report.html to ${folder}: EISDIR`),
  );
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['junit.xml', 'report.md']));
});

test('runs of the same second get a folder each, also where they begin at once', async () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  const folders = await Promise.all(
    Array.from({ length: 4 }, () => prepareOwnFolder('healthy', at)),
  );
  const stamp = join('reports', 'out', 'healthy', '2026-01-02T03-04-05');
  expect(folders.map(({ path }) => path).toSorted()).toEqual([
    stamp,
    `${stamp}-2`,
    `${stamp}-3`,
    `${stamp}-4`,
  ]);
});

test('what a run that came to nothing has made is taken back, and no more', async () => {
  await mkdir('reports');
  const first = await prepareOwnFolder('healthy', new Date());
  const second = await prepareFolder(join(first.path, 'deep', 'er'));
  await second.takeBack();
  expect(await readdir(first.path)).toEqual([]);
  await first.takeBack();
  expect(await readdir('reports')).toEqual([]);
});

test('a file in the place of the folder is told before anything runs', async () => {
  await writeFile('taken', '');
  await expect(prepareFolder('taken')).rejects.toThrow(
    '--out: nothing can be written to taken: taken is no folder',
  );
});
