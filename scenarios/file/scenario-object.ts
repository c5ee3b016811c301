import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

import type { z } from 'zod';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { describeIssue, type PlacedMessage } from './describe-issue.ts';
import { readFilesBeside } from './files-beside.ts';
import { scenarioError } from './problems.ts';
import { scenarioName } from './read-scenario.ts';
import { scenarioSchema, type Scenario } from './scenario.ts';

/** A scenario as an object: the keys of a scenario file, all optional, and a name. */
export type ScenarioInput = Partial<
  Omit<z.input<typeof scenarioSchema>, 'version' | 'load' | 'targets'>
> & {
  /** The name by which requests choose it; by default a hash of the content. */
  name?: string;
};

/** A scenario with its source, by which equal scenarios are recognized. */
export interface LoadedScenario extends Pick<
  Scenario,
  'name' | 'description' | 'behaviour' | 'cases' | 'seed'
> {
  source: string;
}

/**
 * Reads a scenario that is written as an object.
 * @throws RehearsalError (scenario) with every problem of it
 */
export async function readScenarioObject(input: ScenarioInput): Promise<LoadedScenario> {
  const { name = nameOf(input), ...content } = input;
  if (!scenarioName.test(name)) {
    throw objectError(name, [
      `its name ${JSON.stringify(name)} is not lower-case-words-with-hyphens`,
    ]);
  }
  const written = { version: 1, description: name, ...content };
  const { data, error } = scenarioSchema.safeParse(written, { error: wordIssue });
  if (data === undefined) {
    const problems = error.issues.flatMap((issue) => describeIssue(issue, written)).map(withPlace);
    throw objectError(name, problems);
  }
  // The file names of an object are relative to the working directory.
  const { content: complete, problems } = await readFilesBeside(
    resolve(name),
    data,
    (path, message) => ({
      file: name,
      line: 1,
      column: 1,
      message: `${path.map(String).join('.')}: ${message}`,
    }),
  );
  if (problems.length > 0) throw scenarioError(problems);
  return { ...complete, name, source: JSON.stringify(content) };
}

/** Adds the path of an unknown key to its message, since an object has no lines and columns. */
function withPlace({ path, message }: PlacedMessage): string {
  const above = path.slice(0, -1).map(String).join('.');
  return above === '' || message.startsWith(above) ? message : `${above}: ${message}`;
}

/** Returns a name from the content, so that the same content has the same streams. */
function nameOf(content: ScenarioInput): string {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return `object-${digest.slice(0, 12)}`;
}

/** Returns the error of a scenario object, whose problems have no position. */
function objectError(name: string, messages: readonly string[]): RehearsalError {
  const problems = messages.map((message) => ({ file: name, line: 1, column: 1, message }));
  const text = `scenario ${JSON.stringify(name)}: ${messages.join('; ')}`;
  return new RehearsalError('scenario', text, { problems });
}

/**
 * Adds a scenario to a list, unless it is in it.
 * @throws RehearsalError (scenario) if another scenario has its name
 */
export function withScenario(
  scenarios: readonly LoadedScenario[],
  scenario: LoadedScenario,
): LoadedScenario[] {
  const known = scenarios.find(({ name }) => name === scenario.name);
  if (known === undefined) return [...scenarios, scenario];
  if (known.source === scenario.source) return [...scenarios];
  throw objectError(scenario.name, ['the name is taken by another scenario; choose another name']);
}
