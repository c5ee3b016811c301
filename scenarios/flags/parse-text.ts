import {
  durationMistakes,
  longestMs,
  parseDuration,
} from '../../proto/notation/duration-notation.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';

/** @throws RehearsalError (argument) for an empty text */
export function parseText(text: string): string {
  if (text === '') throw new RehearsalError('argument', 'Write at least one character.');
  return text;
}

/** @throws RehearsalError (argument) for a text that is not a duration, or one out of range */
export function parseDurationFlag(text: string, minimumMs = 0): number {
  const ms = parseDuration(text);
  if (Number.isNaN(ms)) throw new RehearsalError('argument', `${durationMistakes.notation}.`);
  if (ms > longestMs) throw new RehearsalError('argument', `${durationMistakes.tooLong}.`);
  if (ms < minimumMs) throw new RehearsalError('argument', `Write ${minimumMs}ms or more.`);
  return ms;
}

export const parseCount = (text: string): number => parseWholeNumber(text, 1);

/** @throws RehearsalError (argument) for a text that is not a whole number, or one out of range */
export function parseWholeNumber(text: string, minimum?: number, maximum?: number): number {
  const number = Number(text);
  const isInRange =
    number >= (minimum ?? Number.MIN_SAFE_INTEGER) &&
    number <= (maximum ?? Number.MAX_SAFE_INTEGER);
  if (/^-?\d+$/.test(text) && isInRange) return number;
  const from = minimum === undefined ? '' : ` from ${minimum}`;
  const to = maximum === undefined ? '' : ` to ${maximum}`;
  throw new RehearsalError('argument', `Write a whole number${from}${to}.`);
}
