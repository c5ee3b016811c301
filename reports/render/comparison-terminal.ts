import type { Comparison } from '../compare/comparison.ts';
import {
  comparisonBasis,
  comparisonHeadline,
  comparisonNotes,
  describeCount,
  describeTime,
  timesOfBoth,
} from './describe-comparison.ts';
import { toVisible } from '../markup.ts';
import { painter, plainTable, type TerminalOptions } from './terminal.ts';

/** Renders a comparison for a terminal or a log; the answer comes last. No line end after the last line. */
export function renderComparisonTerminal(
  comparison: Comparison,
  { colors }: Pick<TerminalOptions, 'colors'>,
): string {
  const paint = painter(colors);
  const mark = (answer: string) => paint(answerColors.get(answer) ?? 'dim', answer);
  const times = plainTable(['', 'base', 'head', 'change', 'between', 'answer'], paint);
  for (const time of timesOfBoth(comparison)) {
    const [base, head, change, between, answer] = describeTime(time);
    times.push([time.label, base, head, change, between, mark(answer)]);
  }
  const counts = plainTable(['streams', 'base', 'head', 'answer'], paint);
  for (const count of comparison.counts) {
    const [base, head, answer] = describeCount(count);
    counts.push([count.label, base, head, mark(answer)]);
  }
  const blocks = [
    `${paint('bold', toVisible(comparison.scenario))}  ${paint('dim', comparisonBasis(comparison))}`,
    comparison.times.length > 0 ? times.toString() : '',
    comparison.counts.length > 0 ? counts.toString() : '',
    comparisonNotes(comparison)
      .map((note) => `  ${toVisible(note)}`)
      .join('\n'),
    `${paint(answerColors.get(comparison.answer) ?? 'bold', comparison.answer.toUpperCase())}  ${comparisonHeadline(comparison)}`,
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

const answerColors = new Map<string, 'red' | 'green' | 'yellow' | 'magenta'>([
  ['regression', 'red'],
  ['none', 'green'],
  ['inconclusive', 'yellow'],
  ['improvement', 'green'],
  ['invalid', 'magenta'],
]);
