import { Option } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { isCalendarDate } from '../../proto/notation/calendar-date.ts';
import { mostShards, type Shard } from '../load/profile/shard.ts';

export const shardOption = () =>
  new Option(
    '--shard <i/n>',
    'run the i-th of n parts of the load, each in a process of its own; needs --target and --start-at',
  ).argParser(parseShard);

export const startAtOption = () =>
  new Option(
    '--start-at <time>',
    'the common start of all shards: 2026-01-31T12:00:00Z, or seconds (as `date +%s` prints them) or milliseconds since 1970',
  ).argParser(parseStartAt);

/** @throws RehearsalError (argument) for a text that is not a shard */
export function parseShard(text: string): Shard {
  const [, number = 0, of = 0] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number);
  if (number < 1 || of < number || of > mostShards) {
    throw new RehearsalError(
      'argument',
      `Write i/n, from 1/n to n/n, with at most ${mostShards} shards: 2/3.`,
    );
  }
  return { number, of };
}

/** A time with its zone: machines may be in different ones. */
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Returns the time in milliseconds since the epoch.
 * @throws RehearsalError (argument) for a text that is not a time
 */
export function parseStartAt(text: string): number {
  // Ten digits are seconds, thirteen are milliseconds: both are in this century.
  if (/^\d{10}(?:\.\d{1,9})?$/.test(text)) return Math.round(Number(text) * 1000);
  if (/^\d{13}$/.test(text)) return Number(text);
  const atMs = isoTime.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs) && !isCalendarDate(text.slice(0, 10))) {
    throw new RehearsalError(
      'argument',
      `There is no ${text.slice(0, 10)}; write a date of the calendar.`,
    );
  }
  if (Number.isNaN(atMs)) {
    throw new RehearsalError(
      'argument',
      'Write a time with its zone, 2026-01-31T12:00:00Z, or seconds or milliseconds since 1970.',
    );
  }
  return atMs;
}
