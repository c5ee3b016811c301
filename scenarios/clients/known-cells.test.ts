import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { readKnownCells } from './known-cells.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-known-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(text: string) {
  const path = join(folder, 'known.yaml');
  await writeFile(path, text);
  return readKnownCells(path, ['truncated', 'silent-stall']);
}

test.each([
  ['truncated: silent\nsilent-stall: told late\n'],
  ['{"truncated": "silent", "silent-stall": "told late"}'],
])('reads %j', async (text) => {
  expect([...(await read(text))]).toEqual([
    ['truncated', 'silent'],
    ['silent-stall', 'told late'],
  ]);
});

test.each(['', '# nothing yet\n'])('%j lists nothing', async (text) => {
  expect((await read(text)).size).toBe(0);
});

test.each([
  ['truncatd: silent', 'there is no case "truncatd"; did you mean "truncated"?'],
  ['truncated: quiet', 'truncated must be one of complete, told, told late, silent'],
  ['- truncated', 'the list must be a map'],
  ['truncated: {', 'Flow map'],
])('refuses %j', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message);
  await expect(read(text)).rejects.toThrow('write lines such as `silent-stall: told late`');
});

test('refuses a file that does not exist', async () => {
  await expect(readKnownCells(join(folder, 'absent'), [])).rejects.toThrow('--allow: ');
});
