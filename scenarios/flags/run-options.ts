import { Option } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { dialectNames } from '../../proto/dialects/dialect.ts';
import { mostAtOnce } from '../load/profile/profile.ts';
import { parseCount, parseDurationFlag } from './parse-text.ts';

/** The flags of `run` that change the load of a scenario. */
export const streamsOption = () =>
  new Option('--streams <number>', "streams at once, instead of the scenario's").argParser(
    (text) => {
      const count = parseCount(text);
      if (count > mostAtOnce)
        throw new RehearsalError('argument', `it must be at most ${mostAtOnce}.`);
      return count;
    },
  );

export const windowOption = () =>
  new Option(
    '--window <duration>',
    "how long to measure, instead of the scenario's window",
  ).argParser((text) => {
    const ms = parseDurationFlag(text);
    if (ms === 0) throw new RehearsalError('argument', 'it must be longer than 0ms.');
    return ms;
  });

export const dialectOption = (
  description = "the format of requests and streams, instead of the scenario's (default: the specified one)",
) => new Option('--dialect <name>', description).choices(dialectNames);

export const headerOption = () =>
  new Option(
    '--header <line>',
    "'name: value' to send with every request, or name=env:VARIABLE for a secret; repeatable; the value is not written anywhere",
  )
    .argParser((line: string, lines: string[]) => [...lines, line])
    .default([], 'none');

export const noPreflightOption = () =>
  new Option('--no-preflight', 'start the load without a first request that checks the target');

export const allStreamsOption = () =>
  new Option('--all-streams', 'write the details of every stream to streams.jsonl');
