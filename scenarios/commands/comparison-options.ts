import { InvalidArgumentError, Option } from 'commander';

import { percentageSchema } from '../../proto/notation/percentage.ts';
import { defaultMargin } from '../../reports/compare/comparison.ts';
import { formatRatio } from '../../reports/quantity.ts';

/** The flags of the commands that compare. */
export const marginOption = () =>
  new Option('--margin <share>', 'smallest change of a time that matters; never less than 2 ms')
    .default(defaultMargin, formatRatio(defaultMargin))
    .argParser(parseMargin);

export const noiseOption = (description: string) =>
  new Option('--noise <file>', `${description} (default: found by machine and scenario)`);

export const jsonOption = () => new Option('--json', 'print the comparison as JSON');

function parseMargin(text: string): number {
  const { data, error } = percentageSchema.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError(`${error?.issues[0]?.message}.`);
  return data;
}
