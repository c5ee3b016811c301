import { Option } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { percentageSchema } from '../../proto/notation/percentage.ts';
import { defaultMargin } from '../../reports/compare/comparison.ts';
import { leastMarginMs } from '../../reports/compare/compare-times.ts';
import { formatMs, formatRatio } from '../../reports/quantity.ts';

/** The flags shared by `ab` and `compare`. */
export const marginOption = () =>
  new Option(
    '--margin <share>',
    `smallest relative change that counts; at least ${formatMs(leastMarginMs)}`,
  )
    .default(defaultMargin, formatRatio(defaultMargin))
    .argParser(parseMargin);

export const noiseOption = (description: string) =>
  new Option(
    '--noise <file>',
    `${description} (default: one per machine and scenario in reports/out/noise)`,
  );

export const jsonOption = () => new Option('--json', 'print the comparison as JSON');

function parseMargin(text: string): number {
  const { data, error } = percentageSchema.safeParse(text);
  if (data === undefined) throw new RehearsalError('argument', `${error?.issues[0]?.message}.`);
  return data;
}
