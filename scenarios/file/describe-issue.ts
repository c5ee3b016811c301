import type { z } from 'zod';

import { didYouMean } from '../../proto/problems/nearest-name.ts';
import { writtenValue } from '../../proto/problems/word-issue.ts';
import { keysAt } from './schema-places.ts';

/** What is wrong at a path of a scenario. */
export interface PlacedMessage {
  path: PropertyKey[];
  message: string;
  /** Whether it is that nothing is there. */
  missing?: boolean;
}

/**
 * Says in a person's words what a schema found: one message for each thing that is wrong, with the
 * value that is there and what would be right.
 *
 * @param content what was parsed, in which the values are
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
    const meant = meantBranch(issue.errors, valueAt(content, path));
    if (meant !== undefined) return meant.flatMap((inner) => describeIssue(inner, content, path));
    const unknown = unknownKeysAt(path, content);
    if (unknown.length > 0) return unknown;
  }
  if (path.length === 0) {
    return [
      { path, message: 'a scenario is a map: version, description, behaviour, load, targets' },
    ];
  }
  const value = valueAt(content, path);
  const name = path.map(String).join('.');
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map(({ message }) => message).join('; ');
    return [{ path, message: `${name}: ${why}` }];
  }
  if (value === undefined) return [{ path, message: `${name}: is required`, missing: true }];
  const hint = guess(issue, value);
  // With a hint, a list of everything that could be there would only hide it.
  const said =
    hint === ''
      ? `${issue.message}${writtenValue(value)}`
      : `there is no ${JSON.stringify(value)}${hint}`;
  return [{ path, message: `${name}: ${said}` }];
}

/** The branch of a choice whose keys fit those of a value best; undefined where several fit as well. */
function meantBranch(
  branches: readonly z.core.$ZodIssue[][],
  value: unknown,
): z.core.$ZodIssue[] | undefined {
  const fitting = branches.filter((issues) => !issues.some(isOfAnotherType));
  const misfits = fitting.map((issues) => countMisfits(issues, value));
  const fewest = Math.min(...misfits);
  const best = misfits.indexOf(fewest);
  return best === misfits.lastIndexOf(fewest) ? fitting[best] : undefined;
}

/** How many keys a value has beyond those of a branch, or lacks of them. */
function countMisfits(issues: readonly z.core.$ZodIssue[], value: unknown): number {
  return issues.reduce((count, issue) => {
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
      return count + issue.keys.length;
    }
    const isMissing = issue.path.length === 1 && valueAt(value, issue.path) === undefined;
    return isMissing ? count + 1 : count;
  }, 0);
}

function isOfAnotherType({ path, code }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

function guess(issue: z.core.$ZodIssue, value: unknown): string {
  return typeof value === 'string' ? didYouMean(value, wordsOf(issue)) : '';
}

/** The words that a schema takes at a place, in any of its branches. */
function wordsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap(wordsOf) : [];
}

function unknownKey(path: PropertyKey[], known: readonly string[]): PlacedMessage {
  const key = String(path.at(-1));
  const hint = didYouMean(key, known);
  // A list of thirty helps nobody who has a hint.
  const instead = hint === '' && known.length > 0 ? `; there are ${known.join(', ')}` : hint;
  return { path, message: `unknown key ${JSON.stringify(key)}${instead}` };
}

/** Keys that no branch of a choice has: more likely a slip of the pen than another choice. */
function unknownKeysAt(path: PropertyKey[], content: unknown): PlacedMessage[] {
  const value = valueAt(content, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const known = keysAt(path);
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => unknownKey([...path, key], known));
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let at = content;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}
