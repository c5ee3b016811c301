import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { isRehearsalError, type Problem } from '../console/rehearsal-error.ts';
import { readScenario } from './read-scenario.ts';

const catalog = new URL('../catalog/', import.meta.url);
const sources = readdirSync(catalog)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => readFileSync(new URL(file, catalog), 'utf8'));

/** The words and marks of scenarios: combinations of them are often nearly valid. */
const pieces = Array.from(
  new Set(sources.flatMap((source) => source.match(/[\w%.-]+|[^\w\s]|\s+/g) ?? [])),
).concat(
  ['&a ', '*a', '!!x ', '? ', '- ', '|\n', '>-\n', '---\n', '\t', '"', "'", '#', '\0', '\r'],
  ['__proto__: ', 'constructor', '<<: *a', '😀', '\ud83d', '1e999', '.nan', '0x1F', '~', '\u2028'],
);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-fuzz-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Expects a text to be a valid scenario, or to have problems with a position in it and a one-line message. */
async function readAsScenario(source: string): Promise<void> {
  const file = join(folder, 'fuzz.yaml');
  await writeFile(file, source);
  let problems: readonly Problem[];
  try {
    await readScenario(file);
    return;
  } catch (error) {
    if (!isRehearsalError(error, 'scenario')) throw error;
    ({ problems } = error);
  }
  const text = source.toWellFormed();
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split('\n');
  const misplaced = problems.filter(
    ({ line, column }) => !(column >= 1 && column <= (lines[line - 1]?.length ?? -1) + 1),
  );
  const unworded = problems.filter(({ message }) => !/^.+$/u.test(message));
  expect({ count: Math.sign(problems.length), misplaced, unworded }).toEqual({
    count: 1,
    misplaced: [],
    unworded: [],
  });
}

/** `make fuzz` has more time; reading a scenario takes some milliseconds. */
const numRuns = Math.min(1000, Number(process.env['FUZZ_INPUTS'] ?? 500) / 20);

const options = { seed: 20_251_021, numRuns };

test('any text is a scenario or has problems with positions', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((words) => words.join('')),
  );
  await fc.assert(fc.asyncProperty(text, readAsScenario), options);
});

test('so is any scenario with a few random changes', async () => {
  const change = fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 20 }),
    insert: fc.oneof(fc.constant(''), fc.constantFrom(...pieces), fc.string({ maxLength: 5 })),
  });
  const changed = fc
    .tuple(fc.constantFrom(...sources), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([source, changes]) =>
      changes.reduce((text, { at, remove, insert }) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + insert + text.slice(from + remove);
      }, source),
    );
  await fc.assert(fc.asyncProperty(changed, readAsScenario), options);
});
