import type { z } from 'zod';

import { didYouMean } from '../../proto/problems/nearest-name.ts';
import { aboutOtherKeys } from '../../proto/problems/beside-problems.ts';
import { writtenValue } from '../../proto/problems/word-issue.ts';
import { keysAt } from './schema-places.ts';

/** A mistake in a scenario and its path. */
export interface PlacedMessage {
  path: PropertyKey[];
  message: string;
  /** Whether a required value is missing. */
  missing?: boolean;
}

/**
 * Words an issue of the schema: one message per mistake, with the value found and what to write instead.
 *
 * @param content the parsed scenario
 * @param above the path of a choice whose branch has the issue
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  content: unknown,
  above: PropertyKey[] = [],
): PlacedMessage[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...path, key], keysAt(path)));
  }
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors, valueAt(content, path));
    if (branch !== undefined) return branch.flatMap((inner) => describeIssue(inner, content, path));
    const unknown = unknownKeysAt(path, content);
    if (unknown.length > 0) return unknown;
  }
  if (path.length === 0) {
    return [
      { path, message: 'a scenario is a map of version, description, behaviour, load, targets' },
    ];
  }
  const value = valueAt(content, path);
  const name = path.map(String).join('.');
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map(({ message }) => message).join('; ');
    return [{ path, message: `${name}: ${why}` }];
  }
  if (value === undefined) return [{ path, message: `${name}: is required`, missing: true }];
  const hint = suggest(issue, value);
  // A list of all possible values would hide the hint.
  const problem =
    hint === ''
      ? `${issue.message}${issue.code === 'custom' && issue.params === aboutOtherKeys ? '' : writtenValue(value)}`
      : `there is no ${JSON.stringify(value)}${hint}`;
  return [{ path, message: `${name}: ${problem}` }];
}

/** Returns the branch of a choice whose keys match those of a value best; undefined if several match equally. */
function closestBranch(
  branches: readonly z.core.$ZodIssue[][],
  value: unknown,
): z.core.$ZodIssue[] | undefined {
  const fitting = branches.filter((issues) => !issues.some(isOfAnotherType));
  const misfits = fitting.map((issues) => countMisfits(issues, value));
  const fewest = Math.min(...misfits);
  const best = misfits.indexOf(fewest);
  return best === misfits.lastIndexOf(fewest) ? fitting[best] : undefined;
}

/** Counts the keys of a value that a branch does not have, and those of the branch that the value lacks. */
function countMisfits(issues: readonly z.core.$ZodIssue[], value: unknown): number {
  return issues.reduce((count, issue) => {
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
      return count + issue.keys.length;
    }
    const isMissing = issue.path.length === 1 && valueAt(value, issue.path) === undefined;
    return isMissing ? count + 1 : count;
  }, 0);
}

function isOfAnotherType(issue: z.core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') {
    return issue.errors.every((issues) => issues.some(isOfAnotherType));
  }
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function suggest(issue: z.core.$ZodIssue, value: unknown): string {
  return typeof value === 'string' ? didYouMean(value, wordsOf(issue)) : '';
}

/** Returns the words that a schema accepts, in any of its branches. */
function wordsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap(wordsOf) : [];
}

function unknownKey(path: PropertyKey[], known: readonly string[]): PlacedMessage {
  const key = String(path.at(-1));
  const hint = didYouMean(key, known);
  // With a hint, a long list of keys is of no use.
  const instead = hint === '' && known.length > 0 ? `; there are ${known.join(', ')}` : hint;
  return { path, message: `unknown key ${JSON.stringify(key)}${instead}` };
}

/** Describes keys that no branch of a choice has: more likely typing errors than another choice. */
function unknownKeysAt(path: PropertyKey[], content: unknown): PlacedMessage[] {
  const value = valueAt(content, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const known = keysAt(path);
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => unknownKey([...path, key], known));
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
