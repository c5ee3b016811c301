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

test('a run is written with all its renderings, without temporary files', async () => {
  await writeRun(folder, { report: exampleReport(), samples: [makeSample()] });
  expect((await readdir(folder)).toSorted()).toEqual(files);
});

test('a file whose writing fails keeps its previous content', async () => {
  await writeFile('streams.jsonl', 'of the last run\n');
  // JSON has no bigint, so the second line throws.
  const broken = { ...makeSample(), status: 1n } as unknown as JudgedSample;
  await expect(
    writeRun(folder, { report: exampleReport(), samples: [makeSample(), broken] }),
  ).rejects.toMatchObject({ code: 'usage' });
  expect(await readFile('streams.jsonl', 'utf8')).toBe('of the last run\n');
});

test('a line names the file that cannot be written and the folder, and the other files are written', async () => {
  await mkdir('report.html');
  await expect(writeRenderings(folder, exampleReport())).rejects.toThrow(
    new RegExp(`^cannot write report.html to ${folder}: EISDIR`),
  );
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['junit.xml', 'report.md']));
});

test('runs of the same second get separate folders, also if they begin at once', async () => {
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

test('a run without a result removes the folders that it created, and no others', async () => {
  await mkdir('reports');
  const first = await prepareOwnFolder('healthy', new Date());
  const second = await prepareFolder(join(first.path, 'deep', 'er'));
  await second.takeBack();
  expect(await readdir(first.path)).toEqual([]);
  await first.takeBack();
  expect(await readdir('reports')).toEqual([]);
});

test('a file instead of the folder is reported before anything runs', async () => {
  await writeFile('taken', '');
  await expect(prepareFolder('taken')).rejects.toThrow(
    '--out: nothing can be written to taken: taken is not a folder',
  );
});
