import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { isRehearsalError } from '../console/rehearsal-error.ts';
import { readScenario } from './read-scenario.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-scenario-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function read(source: string, name = 'test.yaml') {
  const file = join(folder, name);
  await writeFile(file, source);
  return readScenario(file);
}

/** The problems of a file as `line:column: message`. */
async function problemsOf(source: string, name?: string): Promise<string[]> {
  try {
    await read(source, name);
  } catch (error) {
    if (!isRehearsalError(error, 'scenario')) throw error;
    return error.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
  }
  return [];
}

const head = 'version: 1\ndescription: a test\n';

test('a scenario has the name of its file, and the numbers of the specification as defaults', async () => {
  const scenario = await read(head);
  expect(scenario).toMatchObject({
    name: 'test',
    seed: 1,
    source: head,
    behaviour: { chunkChars: 5 },
    targets: { firstChunkMs: { target: 500, alarm: 1000 } },
  });
});

test('every problem is reported at once, each at its position', async () => {
  const source = `version: 2
behaviour:
  firstToken: 20
  interTokn: 5ms
  tokenChars: { min: 4, max: 1 }
load:
  streams: -1
`;
  expect(await problemsOf(source)).toEqual([
    '1:1: version: this release reads version 1, not 2',
    '1:1: description: is required',
    '3:3: behaviour.firstToken: write a duration such as 20ms, or one of uniform: {min, max}, normal: {mean, deviation}, lognormal: {median, p99} or {mean, variation}, not 20',
    '4:3: unknown key "interTokn"; did you mean "interToken"?',
    '5:17: behaviour.tokenChars.min: min must not exceed max, not 4',
    '7:3: load.streams: must be at least 1, not -1',
  ]);
});

test('a problem inside a choice is reported there, not as an invalid choice', async () => {
  const source = `${head}behaviour:
  text:
    generate:
      chars: 0
  firstToken:
    lognormal:
      median: 300ms
      p99: 100
`;
  expect(await problemsOf(source)).toEqual([
    '6:7: behaviour.text.generate.chars: must be at least 1, not 0',
    '10:7: behaviour.firstToken.lognormal.p99: a duration is a number with the unit ms, s or m, such as 300ms, 2s or 1m, not 100',
  ]);
});

test('invalid YAML is reported with its position', async () => {
  expect(await problemsOf(`${head}behaviour: [1, 2\n`)).toEqual([
    expect.stringMatching(/^3:17: Flow sequence .* must/),
  ]);
  expect(await problemsOf(`${head}description: again\n`)).toEqual([
    '3:1: duplicate key "description", first at 2:1',
  ]);
});

test('for a file that is empty, a list or a text, the message says what a scenario is', async () => {
  for (const source of ['', '- a\n', 'hello\n']) {
    expect(await problemsOf(source)).toEqual([
      expect.stringMatching(/^1:1: a scenario is a map of version, /),
    ]);
  }
});

test('an alias bomb is refused unresolved', async () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (let level = 1; level < 9; level += 1) {
    const [above, name] = [String.fromCodePoint(96 + level), String.fromCodePoint(97 + level)];
    bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${above}`).join(',')}]`);
  }
  expect(await problemsOf(bomb.join('\n'))).toEqual([
    expect.stringMatching(/^2:8: Excessive alias count/),
  ]);
});

test('a name that is not valid in a header or a path is refused', async () => {
  expect(await problemsOf(head, 'My Test.yaml')).toEqual([
    expect.stringContaining('"My Test" is not lower-case-words-with-hyphens'),
  ]);
});

test('a text with half a surrogate pair is refused, since gRPC would change it', async () => {
  const source = `${head}behaviour: { text: { given: "\\ud83d" } }\n`;
  expect(await problemsOf(source)).toEqual([
    '3:22: behaviour.text.given: has half a surrogate pair in it, which cannot be sent, not "\\ud83d"',
  ]);
});

test('a missing file and a folder are reported as such', async () => {
  await expect(readScenario(join(folder, 'nowhere.yaml'))).rejects.toThrow(
    'nowhere.yaml:1:1: there is no such file',
  );
  await expect(readScenario(folder)).rejects.toThrow(':1:1: this is a folder');
});
