import { InvalidArgumentError, Option } from 'commander';

import { dialectNames } from '../../proto/dialects/dialect.ts';
import { mostAtOnce } from '../load/profile.ts';
import { parseCount, parseDurationFlag } from './options.ts';

/** The flags of `run` that change the load of a scenario. */
export const streamsOption = () =>
  new Option('--streams <number>', "streams at once, instead of the scenario's").argParser(
    (text) => {
      const count = parseCount(text);
      if (count > mostAtOnce) throw new InvalidArgumentError(`it must be at most ${mostAtOnce}.`);
      return count;
    },
  );

export const windowOption = () =>
  new Option(
    '--window <duration>',
    "how long to measure, instead of the scenario's window",
  ).argParser((text) => {
    const ms = parseDurationFlag(text);
    if (ms === 0) throw new InvalidArgumentError('it must be longer than 0ms.');
    return ms;
  });

export const dialectOption = () =>
  new Option(
    '--dialect <name>',
    "the format of requests and streams, instead of the scenario's (default: the specified one)",
  ).choices(dialectNames);

export const headerOption = () =>
  new Option(
    '--header <line>',
    "'name: value' to send with every request; repeatable; reports do not contain the value",
  )
    .argParser((line: string, lines: string[]) => [...lines, line])
    .default([], 'none');

export const noPreflightOption = () =>
  new Option('--no-preflight', 'start the load without a first request that checks the target');

export const allStreamsOption = () =>
  new Option('--all-streams', 'write the details of every stream to streams.jsonl');
