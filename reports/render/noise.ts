import type { Comparison } from '../compare/comparison.ts';
import { describeMagnitude } from './describe-comparison.ts';
import type { Noise } from '../compare/noise.ts';
import { plural } from '../quantity.ts';
import { painter, plainTable, type TerminalOptions } from './terminal.ts';

/** Renders for a terminal how small a change a machine can see. No line end after the last line. */
export function renderNoise(
  noise: Noise,
  comparison: Pick<Comparison, 'times'>,
  { colors }: Pick<TerminalOptions, 'colors'>,
): string {
  const paint = painter(colors);
  const heads = ['smallest change seen', 'of', plural(noise.pairs, 'pair'), 'a run a side'];
  const table = plainTable(heads, paint);
  for (const time of comparison.times) {
    const { visible, visibleOfOneRun } = noise.times[time.name] ?? {};
    if (visible === undefined || visibleOfOneRun === undefined) continue;
    const cells = [time.base, visible, visibleOfOneRun].map((value) =>
      describeMagnitude(time, value),
    );
    table.push([time.label, ...cells]);
  }
  return table.toString();
}
