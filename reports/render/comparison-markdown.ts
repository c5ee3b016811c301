import type { Comparison } from '../compare/comparison.ts';
import {
  comparisonBasis,
  comparisonHeadline,
  comparisonNotes,
  describeCount,
  describeTime,
  timesOfBoth,
} from './describe-comparison.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { table } from './markdown.ts';

const marks = { regression: '❌', none: '✅', inconclusive: '❔', invalid: '❔' };

/** Renders `comparison.md`, for a comment on a pull request (GitHub-flavoured Markdown). */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const { answer, scenario, times, counts } = comparison;
  const sections = [
    `## ${marks[answer]} ${answer.toUpperCase()}: ${escapeMarkdown(scenario)}`,
    `**${comparisonHeadline(comparison)}**`,
    comparisonBasis(comparison),
    times.length === 0
      ? ''
      : table(
          ['', '>base', '>head', '>change', '>between', 'answer'],
          timesOfBoth(comparison).map((time) => [time.label, ...describeTime(time)]),
        ),
    counts.length === 0
      ? ''
      : table(
          ['streams', '>base', '>head', 'answer'],
          counts.map((count) => [count.label, ...describeCount(count)]),
        ),
    comparisonNotes(comparison)
      .map((note) => `> ${escapeMarkdown(note)}`)
      .join('\n>\n'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}
