import { InvalidArgumentError, Option } from 'commander';

import { mostAtOnce } from '../load/profile.ts';
import { parseCount, parseDurationFlag } from './options.ts';

/** What `run` takes in the place of a scenario's load, or beside it. */
export const streamsOption = () =>
  new Option('--streams <number>', "streams at once, in place of the scenario's").argParser(
    (text) => {
      const count = parseCount(text);
      if (count > mostAtOnce) throw new InvalidArgumentError(`it is at most ${mostAtOnce}.`);
      return count;
    },
  );

export const windowOption = () =>
  new Option('--window <duration>', "how long to measure, in place of the scenario's").argParser(
    (text) => {
      const ms = parseDurationFlag(text);
      if (ms === 0) throw new InvalidArgumentError('it is longer than 0ms.');
      return ms;
    },
  );

export const headerOption = () =>
  new Option(
    '--header <line>',
    "'name: value' to send with every request, any number of times; reports do not show values",
  )
    .argParser((line: string, lines: string[]) => [...lines, line])
    .default([], 'none');

export const noPreflightOption = () =>
  new Option('--no-preflight', 'put the load on the target without asking it once before');

export const allStreamsOption = () =>
  new Option('--all-streams', 'write every stream whole to streams.jsonl');
