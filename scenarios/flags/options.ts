import { Argument, InvalidArgumentError, Option } from 'commander';

import {
  durationMistakes,
  longestMs,
  parseDuration,
} from '../../proto/notation/duration-notation.ts';
import { defaultScenario } from '../catalog.ts';

export const scenariosArgument = () =>
  new Argument(
    '[scenario...]',
    `scenario files, or names from the catalogue; the first is the default (default: the whole catalogue, ${defaultScenario} first)`,
  );

const seedHelp = "use this seed instead of the scenario's";

export const seedOption = () =>
  new Option('--seed <number>', seedHelp).argParser((text) => parseWholeNumber(text));

/** @param value what it takes: `folder` or `file` */
export const outOption = (value: string, description: string) =>
  new Option(`--out <${value}>`, description).argParser(parseText);

/** @throws InvalidArgumentError for an empty text */
export function parseText(text: string): string {
  if (text === '') throw new InvalidArgumentError('Write at least one character.');
  return text;
}

/** Returns the seeds of scenarios for display; a seed shared by all of them once. */
export function seedsOf(scenarios: readonly { seed: number }[], instead?: number): string {
  const seeds = instead === undefined ? scenarios.map(({ seed }) => seed) : [instead];
  return [...new Set(seeds)].join(', ');
}

/** @param flag takes a whole number from 1 */
export const countOption = (flag: string, description: string, count: number) =>
  new Option(`${flag} <number>`, description).default(count).argParser(parseCount);

export const nthOption = () =>
  new Option('--nth <number>', 'the nth request with this key, or with this prompt and model')
    .default(1)
    .argParser(parseCount);

/** @param defaultMs in milliseconds, which a given duration becomes too */
export const durationOption = (
  flag: string,
  description: string,
  defaultMs: number,
  minimumMs = 0,
) =>
  new Option(`${flag} <duration>`, description)
    .default(defaultMs, `${defaultMs / 1000}s`)
    .argParser((text) => parseDurationFlag(text, minimumMs));

/** @throws InvalidArgumentError for a text that is not a duration, or one out of range */
export function parseDurationFlag(text: string, minimumMs = 0): number {
  const ms = parseDuration(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError(`${durationMistakes.notation}.`);
  if (ms > longestMs) throw new InvalidArgumentError(`${durationMistakes.tooLong}.`);
  if (ms < minimumMs) throw new InvalidArgumentError(`Write ${minimumMs}ms or more.`);
  return ms;
}

export const parseCount = (text: string): number => parseWholeNumber(text, 1);

/** @throws InvalidArgumentError for a text that is not a whole number, or one out of range */
export function parseWholeNumber(text: string, minimum?: number, maximum?: number): number {
  const number = Number(text);
  const isInRange =
    number >= (minimum ?? Number.MIN_SAFE_INTEGER) &&
    number <= (maximum ?? Number.MAX_SAFE_INTEGER);
  if (/^-?\d+$/.test(text) && isInRange) return number;
  const from = minimum === undefined ? '' : ` from ${minimum}`;
  const to = maximum === undefined ? '' : ` to ${maximum}`;
  throw new InvalidArgumentError(`Write a whole number${from}${to}.`);
}
