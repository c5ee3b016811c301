import { join } from 'node:path';

import { isRehearsalError } from '../console/rehearsal-error.ts';
import { scenarioError } from './problems.ts';
import { didYouMean } from '../../proto/problems/nearest-name.ts';
import { catalogFolder, catalogNames } from '../catalog.ts';
import { stateOfFiles } from './file-states.ts';
import { readScenario } from './read-scenario.ts';
import type { Scenario } from './scenario.ts';

/**
 * Reads the scenarios that a person named: by a path, or by the name of one of the catalogue.
 * @throws RehearsalError (scenario) with every problem of every file.
 */
export async function findScenarios(references: readonly string[]): Promise<Scenario[]> {
  const read = await Promise.allSettled(
    references.map(async (reference) => readScenario(await fileOf(reference))),
  );
  const failures = read.filter((result) => result.status === 'rejected');
  const problems = failures.flatMap(({ reason }) => {
    if (isRehearsalError(reason, 'scenario')) return reason.problems;
    throw reason;
  });
  if (problems.length > 0) throw scenarioError(problems);
  const scenarios = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  refuseSameNames(scenarios);
  return scenarios;
}

/**
 * Returns a function that returns scenarios as their files are now: it reads them again after a change.
 * While one cannot be read, the last good ones stay, as they do at the agent.
 * @param again whether files may change
 * @throws RehearsalError (scenario) where one cannot be read at first.
 */
export async function rereadScenarios(
  references: readonly string[],
  again: boolean,
): Promise<() => Promise<Scenario[]>> {
  let scenarios = await findScenarios(references);
  const stateNow = () => stateOfFiles(scenarios.flatMap(({ files }) => files));
  let state = await stateNow();
  return async () => {
    if (!again || state === (state = await stateNow())) return scenarios;
    try {
      scenarios = await findScenarios(references);
    } catch (error) {
      if (!isRehearsalError(error, 'scenario')) throw error;
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
  const names = await catalogNames();
  if (names.includes(reference)) return join(catalogFolder, `${reference}.yaml`);
  const instead = didYouMean(reference, names) || `, which has ${names.join(', ')}`;
  const message = `no file of this path, and no scenario of the catalogue${instead} (docs/scenarios.md describes each)`;
  throw scenarioError([{ file: reference, line: 1, column: 1, message }]);
}

function refuseSameNames(scenarios: readonly Scenario[]): void {
  const problems = scenarios.flatMap((scenario, index) => {
    const first = scenarios.find((other) => other.name === scenario.name);
    if (first === undefined || first === scenarios[index]) return [];
    const message = `the name "${scenario.name}" is taken by ${first.file}; requests choose by name`;
    return [{ file: scenario.file, line: 1, column: 1, message }];
  });
  if (problems.length > 0) throw scenarioError(problems);
}
