import { join } from 'node:path';

import { isRehearsalError, type Problem } from '../console/rehearsal-error.ts';
import { scenarioError } from './problems.ts';
import { didYouMean } from '../../proto/problems/nearest-name.ts';
import { catalogFolder, catalogNames, isPath } from '../catalog.ts';
import { stateOfFiles } from './file-states.ts';
import { readScenario } from './read-scenario.ts';
import type { Scenario } from './scenario.ts';

/**
 * Reads scenarios by file path or by catalogue name.
 * @throws RehearsalError (scenario) with every problem of every file
 */
export async function findScenarios(references: readonly string[]): Promise<Scenario[]> {
  const results = await Promise.allSettled(
    references.map(async (reference) => readScenario(await fileOf(reference))),
  );
  const failures = results.filter((result) => result.status === 'rejected');
  const problems = failures.flatMap(({ reason }) => {
    if (isRehearsalError(reason, 'scenario')) return reason.problems;
    throw reason;
  });
  if (problems.length > 0) throw scenarioError(withoutCopies(problems));
  const scenarios = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  refuseSameNames(scenarios);
  return scenarios;
}

/**
 * Returns a function that returns the scenarios, and reads them again if their files have changed. While
 * one is invalid, the last valid ones stay, as in the agent.
 * @param watches whether to look for changes
 * @throws RehearsalError (scenario) if one is invalid at first
 */
export async function rereadScenarios(
  references: readonly string[],
  watches: boolean,
): Promise<() => Promise<Scenario[]>> {
  let scenarios = await findScenarios(references);
  const stateNow = () => stateOfFiles(scenarios.flatMap(({ files }) => files));
  let state = await stateNow();
  return async () => {
    if (!watches || state === (state = await stateNow())) return scenarios;
    try {
      scenarios = await findScenarios(references);
    } catch (error) {
      if (!isRehearsalError(error, 'scenario')) throw error;
    }
    return scenarios;
  };
}

/** Reads one scenario, as {@link findScenarios} does. */
export async function findScenario(reference: string): Promise<Scenario> {
  return readScenario(await fileOf(reference));
}

async function fileOf(reference: string): Promise<string> {
  if (isPath(reference)) return reference;
  const names = await catalogNames().catch(({ code }: NodeJS.ErrnoException) => {
    // As while it is built or installed anew.
    const message = `the catalogue cannot be read (${code}); build or install Rehearsal again`;
    throw scenarioError([{ file: catalogFolder, line: 1, column: 1, message }]);
  });
  if (names.includes(reference)) return join(catalogFolder, `${reference}.yaml`);
  const hint = didYouMean(reference, names) || `, which has ${names.join(', ')}`;
  const message = `no such scenario in the catalogue${hint} (docs/scenarios.md describes each); name a file with its path or with .yaml`;
  throw scenarioError([{ file: reference, line: 1, column: 1, message }]);
}

/** Returns each problem once, though several scenarios may have it. */
function withoutCopies(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function refuseSameNames(scenarios: readonly Scenario[]): void {
  const problems = scenarios.flatMap((scenario, index) => {
    const first = scenarios.find((other) => other.name === scenario.name);
    if (first === undefined || first === scenarios[index]) return [];
    const message = `the name "${scenario.name}" is taken by ${first.file}; rename one of the files, since requests choose a scenario by name`;
    return [{ file: scenario.file, line: 1, column: 1, message }];
  });
  if (problems.length > 0) throw scenarioError(problems);
}
