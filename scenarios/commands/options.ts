import { Argument, InvalidArgumentError, Option } from 'commander';

import {
  durationMistakes,
  longestMs,
  parseDuration,
} from '../../proto/notation/duration-notation.ts';
import { specifiedTargets } from '../../proto/targets.ts';
import { defaultScenario } from '../catalog.ts';
import { logLevels } from '../console/log-levels.ts';

export const scenariosArgument = () =>
  new Argument(
    '[scenario...]',
    `scenario files, or names of the catalogue; the first answers by default (default: all of the catalogue, ${defaultScenario} first)`,
  );

/** The flags that every command which serves shares; the defaults are the documented ones. */
export const hostOption = () =>
  new Option('--host <address>', 'address to bind').default('127.0.0.1');

export const portOption = () =>
  new Option('--port <number>', "the gateway's port, 0 for a free one")
    .default(8080)
    .argParser(parsePort);

export const agentPortOption = () =>
  new Option('--agent-port <number>', "the agent's port, 0 for a free one")
    .default(50_051)
    .argParser(parsePort);

export const seedOption = () =>
  new Option('--seed <number>', "in place of the scenario's own seed").argParser(parseSeed);

export const insecureOption = () =>
  new Option('--insecure', 'take any certificate of the server, such as one that signs itself');

export const noWatchOption = () =>
  new Option('--no-watch', 'keep the scenarios as they are now, whatever becomes of their files');

export const maxStreamsOption = () =>
  new Option('--max-streams <number>', 'how many streams at once; one more is refused (503)')
    .default(specifiedTargets.concurrentStreams.alarm)
    .argParser(parseCount);

export const workersOption = () =>
  new Option('--workers <number>', 'how many processes share the work, on a machine with the cores')
    .default(1)
    .argParser(parseCount);

export const logLevelOption = () =>
  new Option('--log-level <level>', 'what standard error is told, from least to most')
    .default('info')
    .choices(logLevels);

export const metricsOption = () =>
  new Option(
    '--metrics <port>',
    'serve metrics for Prometheus at this port (/metrics), 0 for a free one',
  ).argParser(parsePort);

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
    .argParser(parseDurationFlag);

export const bareOption = () =>
  new Option('--bare', 'the frames of the specification alone: no ids, so nothing is resumed');

export const retryOption = () =>
  new Option(
    '--retry <duration>',
    'how long a browser is told to wait before it connects again',
  ).argParser(parseDurationFlag);

export function parseDurationFlag(text: string): number {
  const ms = parseDuration(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError(`${durationMistakes.notation}.`);
  if (ms > longestMs) throw new InvalidArgumentError(`${durationMistakes.tooLong}.`);
  return ms;
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('it is a whole number from 1.');
  }
  return count;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('a port is a whole number from 0 to 65535.');
  }
  return port;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError('a seed is a whole number.');
  }
  return seed;
}
