import type { z } from 'zod';

/** Returns the message for an issue whose schema defines none: the `error` option of a parse. */
export function wordIssue(issue: z.core.$ZodRawIssue): string {
  return wordIn(yamlWords, issue);
}

/** Returns the same for a value that a program sent as JSON, in the terms of JSON. */
export function wordJsonIssue(issue: z.core.$ZodRawIssue): string {
  const isEmpty = issue.code === 'too_small' && issue.minimum === 1 && issue.inclusive !== false;
  const hasLength = isEmpty && (issue.origin === 'string' || issue.origin === 'array');
  return hasLength ? 'must not be empty' : wordIn(jsonWords, issue);
}

type TypeWords = Readonly<Record<string, string>>;

function wordIn(typeWords: TypeWords, issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type')
    return `must be ${typeWords[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') {
    return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
  }
  if (issue.code === 'too_small') {
    return `must ${sizeWords(issue.origin, `${issue.inclusive === false ? 'above' : 'at least'} ${String(issue.minimum)}`)}`;
  }
  if (issue.code === 'too_big') {
    return `must ${sizeWords(issue.origin, `${issue.inclusive === false ? 'below' : 'at most'} ${String(issue.maximum)}`)}`;
  }
  if (issue.code === 'unrecognized_keys') {
    return `unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
  }
  return 'is not valid';
}

const yamlWords: TypeWords = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

const jsonWords: TypeWords = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'an array',
};

function sizeWords(origin: string, bound: string): string {
  if (origin === 'string') return `have ${bound} characters`;
  return origin === 'array' ? `have ${bound} entries` : `be ${bound}`;
}

/** Returns `, not …` with the value, shortened to 60 characters; empty for a map. */
export function writtenValue(value: unknown): string {
  if (value === null) return ', but nothing is there';
  if (typeof value === 'object') return Array.isArray(value) ? ', not a list' : '';
  if (value === undefined) return ', not undefined';
  if (typeof value === 'function' || typeof value === 'symbol') return `, not a ${typeof value}`;
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  // JSON has no NaN, Infinity or bigint.
  const text = isNumber ? String(value) : JSON.stringify(value);
  return `, not ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}
