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
    `scenario files, or names of the catalogue; the first answers by default (default: all of the catalogue, ${defaultScenario} first)`,
  );

export const seedHelp = "in place of the scenario's own seed";

export const seedOption = () =>
  new Option('--seed <number>', seedHelp).argParser((text) => parseWholeNumber(text));

export const insecureOption = () =>
  new Option('--insecure', 'take any certificate of the server, such as one that signs itself');

/** The seeds under which scenarios answer, for people: one, where it is the same for all. */
export function seedsOf(scenarios: readonly { seed: number }[], instead?: number): string {
  const seeds = instead === undefined ? scenarios.map(({ seed }) => seed) : [instead];
  return [...new Set(seeds)].join(', ');
}

/** @param flag takes a whole number from 1 */
export const countOption = (flag: string, description: string, count: number) =>
  new Option(`${flag} <number>`, description).default(count).argParser(parseCount);

export const nthOption = () =>
  new Option('--nth <number>', 'how often this key, or else this prompt and model, was asked for')
    .default(1)
    .argParser(parseCount);

/** @param defaultMs in milliseconds, which a given duration becomes too */
export const durationOption = (flag: string, description: string, defaultMs: number) =>
  new Option(`${flag} <duration>`, description)
    .default(defaultMs, `${defaultMs / 1000}s`)
    .argParser((text) => parseDurationFlag(text));

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
