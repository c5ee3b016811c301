import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { readKnownFailures } from './known-failures.ts';

const ids = ['B3', 'D2', 'D2-reading'];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-known-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Returns the ids in a file with this content, or what is wrong with it, without the path. */
async function read(content: string): Promise<string[] | string> {
  const file = join(folder, 'known.yaml');
  await writeFile(file, content);
  try {
    return [...(await readKnownFailures(file, ids))];
  } catch (error) {
    return (error instanceof Error ? error.message : '').replace(file, 'FILE');
  }
}

test('known failures are a list of clauses in YAML or JSON', async () => {
  expect(await read('- B3 # the final message\n- D2-reading\n')).toEqual(['B3', 'D2-reading']);
  expect(await read('["D2"]')).toEqual(['D2']);
});

test('a file without a clause has no known failure', async () => {
  expect(await read('')).toEqual([]);
  expect(await read('# none by now\n')).toEqual([]);
});

test('what is no list of clauses is refused with what to write', async () => {
  const advice = '; write lines such as `- D2-reading`';
  expect(await read('B3: true\n')).toBe(`--known: FILE: it is not a list of clauses${advice}`);
  expect(await read('- 3\n')).toBe(`--known: FILE: it is not a list of clauses${advice}`);
  expect(await read('- D2-readin\n')).toBe(
    `--known: FILE: there is no clause "D2-readin"; did you mean "D2-reading"?${advice}`,
  );
  expect(await read('[B3')).toMatch(/^--known: FILE: Flow sequence .*; write lines such as/);
});

test('a file that is not there is named', async () => {
  const file = join(folder, 'missing.yaml');
  await expect(readKnownFailures(file, ids)).rejects.toThrow(
    `--known: ${file}: there is no such file`,
  );
});
