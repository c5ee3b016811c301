import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { runInProcess } from '../e2e/support/run-in-process.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-validate-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('validate accepts folders, and checks the files that a faulty scenario names too', async () => {
  const root = join(folder, 'many');
  await mkdir(join(root, 'deep', '.hidden'), { recursive: true });
  const head = 'version: 1\ndescription: a test\n';
  await writeFile(join(root, 'good.yaml'), head);
  await writeFile(
    join(root, 'deep', 'bad.yml'),
    `${head}seed: x\nbehaviour: { text: { file: no.txt }, chunkChars: 0 }\nversion: 1\n`,
  );
  await writeFile(join(root, 'deep', '.hidden', 'not-read.yaml'), 'x');
  const { code, stdout } = await runInProcess('validate', root);
  const bad = join(root, 'deep', 'bad.yml');
  expect({ code, lines: stdout.trimEnd().split('\n') }).toEqual({
    code: 2,
    lines: [
      expect.stringMatching(/^.*bad\.yml:3:1: seed: must be a number/),
      `${bad}:4:22: behaviour.text.file: "no.txt": there is no such file`,
      `${bad}:4:38: behaviour.chunkChars: must be at least 1, not 0`,
      `${bad}:5:1: duplicate key "version", first at 1:1`,
    ],
  });
  expect(
    await runInProcess('validate', join(root, 'deep', '.hidden', '..', '..', 'good.yaml')),
  ).toMatchObject({ code: 0 });
  await rm(bad);
  expect(await runInProcess('validate', join(root, 'deep'))).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('this folder contains no *.yaml and no *.yml'),
  });
});
