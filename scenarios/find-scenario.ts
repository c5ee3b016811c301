import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { didYouMean } from './describe-issue.ts';
import { ScenarioError } from './problems.ts';
import { readScenario } from './read-scenario.ts';
import type { Scenario } from './scenario.ts';

const catalogFolder = fileURLToPath(new URL('catalog/', import.meta.url));

/** The scenario that answers where none is named. */
export const defaultScenario = 'healthy';

/**
 * Reads the scenarios that a person named: by a path, or by the name of one of the catalogue.
 * @throws ScenarioError with every problem of every file.
 */
export async function findScenarios(references: readonly string[]): Promise<Scenario[]> {
  const read = await Promise.allSettled(
    references.map(async (reference) => readScenario(await fileOf(reference))),
  );
  const failures = read.filter((result) => result.status === 'rejected');
  const problems = failures.flatMap(({ reason }) => {
    if (reason instanceof ScenarioError) return reason.problems;
    throw reason;
  });
  if (problems.length > 0) throw new ScenarioError(problems);
  const scenarios = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  refuseSameNames(scenarios);
  return scenarios;
}

/**
 * Reads scenarios, and again whenever they are asked for where their files may change; while one cannot
 * be read, what was read before goes on, as it does at the agent.
 * @throws ScenarioError where one cannot be read at first.
 */
export async function rereadScenarios(
  references: readonly string[],
  again: boolean,
): Promise<() => Promise<Scenario[]>> {
  let scenarios = await findScenarios(references);
  return async () => {
    if (!again) return scenarios;
    try {
      scenarios = await findScenarios(references);
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
    }
    return scenarios;
  };
}

/** Reads one scenario; the same as `findScenarios` of one. */
export async function findScenario(reference: string): Promise<Scenario> {
  return readScenario(await fileOf(reference));
}

async function fileOf(reference: string): Promise<string> {
  if (/[/\\]|\.ya?ml$/.test(reference)) return reference;
  const files = await readdir(catalogFolder);
  const names = files.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -5));
  if (names.includes(reference)) return join(catalogFolder, `${reference}.yaml`);
  const instead = didYouMean(reference, names) || `, which has ${names.join(', ')}`;
  const message = `no file of this path, and none of the catalogue${instead}`;
  throw new ScenarioError([{ file: reference, line: 1, column: 1, message }]);
}

function refuseSameNames(scenarios: readonly Scenario[]): void {
  const problems = scenarios.flatMap((scenario, index) => {
    const first = scenarios.find((other) => other.name === scenario.name);
    if (first === undefined || first === scenarios[index]) return [];
    const message = `the name "${scenario.name}" is taken by ${first.file}; requests choose by name`;
    return [{ file: scenario.file, line: 1, column: 1, message }];
  });
  if (problems.length > 0) throw new ScenarioError(problems);
}
