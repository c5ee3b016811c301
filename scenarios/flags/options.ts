import { Argument, Option } from 'commander';

import { formatDuration } from '../../proto/notation/duration-notation.ts';
import { defaultScenario } from '../catalog.ts';
import { parseCount, parseDurationFlag, parseText, parseWholeNumber } from './parse-text.ts';

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
    .default(defaultMs, formatDuration(defaultMs))
    .argParser((text) => parseDurationFlag(text, minimumMs));
