import { z } from 'zod';

import { didYouMean } from '../../proto/problems/nearest-name.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { describeIssue } from '../file/describe-issue.ts';
import { limitMsSchema } from './action-limit.ts';
import { faultsSchema } from './fault-choice.ts';

/** The input of the control interface and of the library, which refuse the same mistakes in the same words. */

/** The id of a test. */
export const testSchema = z.string().min(1).max(200);

/** A scenario's name, or a scenario as an object, whose content is validated where it is added. */
export const scenarioChoiceSchema = z.union([z.string(), z.record(z.string(), z.unknown())], {
  error: "must be a scenario's name, or a scenario as an object",
});

export const ofTestSchema = z.strictObject({ test: testSchema.optional() });

export const useSchema = z.strictObject({ scenario: scenarioChoiceSchema, ...ofTestSchema.shape });

/** What the next requests get. */
export const onceSchema = z.strictObject({
  scenario: scenarioChoiceSchema.optional(),
  fault: faultsSchema.optional(),
});

/** How many requests get it. */
export const timesSchema = z.strictObject({ times: z.int().min(1).max(1000).default(1) });

export const nextOptionsSchema = z.strictObject({ ...timesSchema.shape, ...ofTestSchema.shape });

export const nextSchema = z.strictObject({ ...onceSchema.shape, ...nextOptionsSchema.shape });

/** The message for a choice that chooses nothing. */
export const emptyChoice = 'write a scenario, a fault, or both';

export const streamLimitSchema = z.strictObject({ timeoutMs: limitMsSchema.optional() });

export const streamSchema = z.strictObject({ ...ofTestSchema.shape, ...streamLimitSchema.shape });

/** Parsed input, or a message for every mistake in it. */
export type ReadInput<S extends z.ZodObject> =
  | { data: z.output<S>; problems?: never }
  | { data?: never; problems: string[] };

/**
 * Parses an object that a user wrote.
 * @param elsewhere returns the message for a key that belongs elsewhere
 */
export function readInput<S extends z.ZodObject>(
  schema: S,
  value: object,
  elsewhere: (key: string) => string | undefined = () => undefined,
): ReadInput<S> {
  const input = { ...value };
  const { data, error } = schema.safeParse(input, { error: wordIssue });
  if (error === undefined) return { data };
  const names = Object.keys(schema.shape);
  const problems = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? unknownKeys(issue.keys, names, elsewhere)
      : describeIssue(issue, input).map(({ message }) => message),
  );
  return { problems };
}

function unknownKeys(
  keys: readonly string[],
  names: readonly string[],
  elsewhere: (key: string) => string | undefined,
): string[] {
  const problems: string[] = [];
  const others: string[] = [];
  for (const key of keys) {
    const hint = didYouMean(key, names);
    const message = hint === '' ? elsewhere(key) : `there is no ${JSON.stringify(key)}${hint}`;
    if (message === undefined) others.push(JSON.stringify(key));
    else problems.push(message);
  }
  if (others.length > 0) {
    problems.push(`there is no ${others.join(', ')}; there are ${names.join(', ')}`);
  }
  return problems;
}
