import {
  describeContentTypes,
  describeExpectations,
  describeGoodput,
  describeRawShares,
  describeReconnects,
  describeStalls,
  describeTarget,
  namedHops,
} from './words.ts';
import { describeRun } from './describe-run.ts';
import type { Distribution } from '../statistics/distribution.ts';
import { codeSpan, escapeMarkdown } from './escape-markdown.ts';
import { basis, headline, latenessNote, slowingNote } from './headline.ts';
import { toVisible } from '../markup.ts';
import { formatCount, formatMs, formatQuantity, formatRate, nothing } from '../quantity.ts';
import { explainTarget, planNote } from './plan-note.ts';
import { describeShards, shardCells, shardHeads, shownShards } from './shards.ts';
import type { Report } from '../report.ts';
import { alarmWords, targetWords } from '../verdict/target-results.ts';

/** The limit of a GitHub comment. A job summary may have 1 MiB, a GitLab note a million characters. */
const mostChars = 65_536;

/**
 * Renders `report.md`, for a comment on a pull request or a job summary (GitHub-flavoured Markdown).
 *
 * What scenarios, servers and machines wrote is escaped: it can make no markup, link, mention or table
 * cell. Where it is long it is cut, so that the whole fits into a comment.
 */
export function renderMarkdown(report: Report): string {
  const sections = [
    title(report),
    report.judgement.invalidReasons.map((reason) => `> ${escapeMarkdown(reason)}`).join('\n>\n'),
    targets(report),
    `### Times\n\n${times(report)}`,
    slowingNote(report),
    latenessNote(report),
    `### Outcomes\n\n${outcomes(report)}`,
    `### Was the measurement valid?\n\n${validity(report)}\n\n${processes(report)}`,
    shards(report),
    details('Run and environment', run(report)),
  ];
  const text = sections.filter((section) => section !== '').join('\n\n');
  return `${text}\n\n${scenario(report, mostChars - text.length)}\n`;
}

function title(report: Report): string {
  const { scenario, target, judgement } = report;
  const marks = { pass: '✅', warn: '⚠️', fail: '❌', invalid: '❔' };
  const verdict = judgement.verdict.toUpperCase();
  return [
    `## ${marks[judgement.verdict]} ${verdict}: ${escapeMarkdown(scenario.name)}`,
    `**${escapeMarkdown(headline(report))}**`,
    escapeMarkdown(scenario.description),
    `${basis(report)}; target ${codeSpan(target.url)}${target.ours || target.middle ? ` (${describeTarget(target)})` : ''}`,
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

function targets(report: Report): string {
  const words = {
    ok: '✅ met',
    missed: '⚠️ missed',
    alarm: '❌ alarm',
    'not-judged': 'not judged',
  };
  return table(
    ['target', 'judged by', '>seen', '>wanted', '>alarm', 'state'],
    report.judgement.targets.map((target) => [
      target.label,
      target.statistic,
      formatQuantity(target.value, target.unit),
      targetWords(target),
      alarmWords(target),
      target.state === 'not-judged'
        ? `not judged: ${explainTarget(report, target)}`
        : [words[target.state], planNote(report, target)].filter((text) => text !== '').join('; '),
    ]),
  );
}

function times({ metrics }: Report): string {
  return table(
    ['', '>mean', '>p50', '>p95', '>p99', '>max', '>count'],
    [
      ...(metrics.firstReasoningMs === null
        ? []
        : [['first reasoning', ...distribution(metrics.firstReasoningMs)]]),
      ['first chunk', ...distribution(metrics.firstChunkMs)],
      ['interval, per stream', ...distribution(metrics.intervalMs)],
      ['gap, any', ...distribution(metrics.gapMs)],
      ['whole stream', ...distribution(metrics.durationMs)],
      ['arrival after its plan', ...distribution(metrics.latenessMs)],
      ...Object.entries(namedHops(metrics.latenessByHop)).map(([name, times]) => [
        name,
        ...distribution(times),
      ]),
    ],
  );
}

function distribution(times: Distribution | null): string[] {
  if (times === null) return Array.from({ length: 6 }, () => nothing);
  const { mean, p50, p95, p99, max, count } = times;
  return [...[mean, p50, p95, p99, max].map(formatMs), formatCount(count)];
}

function outcomes({ metrics, expectations, failures, contentTypes }: Report): string {
  const present = Object.entries(metrics.outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => [outcome, formatCount(count)]);
  const why = failures.map(({ outcome, detail, count }) => [
    outcome,
    escapeMarkdown(detail) || nothing,
    formatCount(count),
  ]);
  return [
    `Goodput: ${describeGoodput(metrics.goodput)}. Stalls: ${describeStalls(metrics.stalls)}.${metrics.reconnects === null ? '' : ` Resumed: ${describeReconnects(metrics.reconnects)}.`}`,
    present.length > 0
      ? table(['outcome', '>streams'], present)
      : 'No stream started in the window.',
    why.length > 0 ? table(['outcome', 'why', '>streams'], why) : '',
    contentTypes.length > 0
      ? `Content types other than text/event-stream: ${escapeMarkdown(describeContentTypes(contentTypes))}.`
      : '',
    expectations === null
      ? ''
      : `By their plans: ${describeExpectations(expectations)}. Of all streams: ${describeRawShares(metrics)}.`,
    expectations === null || expectations.differences.length === 0
      ? ''
      : table(
          ['planned', 'seen', '>streams'],
          expectations.differences.map(({ foretold, seen, count }) => [
            escapeMarkdown(foretold),
            escapeMarkdown(seen),
            formatCount(count),
          ]),
        ),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function validity({ judgement }: Report): string {
  const words = { ok: '✅ ok', beyond: '❌ beyond its bound', 'not-measured': 'not measured' };
  return table(
    ['measuring side', 'judged by', '>seen', '>bound', 'state'],
    judgement.validity.map((check) => [
      check.label,
      check.statistic,
      formatQuantity(check.value, check.unit),
      formatQuantity(check.bound, check.unit),
      words[check.state],
    ]),
  );
}

function processes({ health }: Report): string {
  return table(
    ['process', '>loop delay p50', '>p99', '>max', '>cores', '>memory'],
    Object.entries(health).map(([name, process]) =>
      process === null
        ? [name, 'not ours', ...Array.from({ length: 4 }, () => nothing)]
        : [
            name,
            ...[process.loopDelayMs.p50, process.loopDelayMs.p99, process.loopDelayMs.max].map(
              formatMs,
            ),
            formatRate(process.cpuCores),
            `${formatCount(process.rssMb)} MiB`,
          ],
    ),
  );
}

function shards({ shards }: Report): string {
  if (shards.length === 0) return '';
  const { shown, note } = shownShards(shards);
  const summary = [describeShards(shards), note].filter((text) => text !== '').join('; ');
  return `### Shards\n\n${summary}.\n\n${table([...shardHeads], shown.map(shardCells))}`;
}

function run(report: Report): string {
  const rows = Object.entries(describeRun(report)).map(([name, value]) => [
    name,
    escapeMarkdown(value),
  ]);
  return table(['', ''], rows);
}

/**
 * Returns the scenario in at most `room` characters: whole, cut after a line, or only a note that it is too long.
 */
function scenario({ scenario: { source } }: Report, room: number): string {
  const note = 'The scenario is too long to be shown here whole: see `report.json`.';
  const cutAt = Math.max(0, source.lastIndexOf('\n', room - 1000));
  return (
    [fenced(source), `${fenced(source.slice(0, cutAt))}\n\n${note}`]
      .map((shown) => details('Scenario', shown))
      .find((shown) => shown.length < room - 2) ?? details('Scenario', note)
  );
}

/** A table; a head that begins with `>` makes a column of numbers. Cells are Markdown already. */
export function table(heads: string[], rows: string[][]): string {
  return [
    line(heads.map((head) => head.replace('>', ''))),
    line(heads.map((head) => (head.startsWith('>') ? '--:' : ':--'))),
    ...rows.map(line),
  ].join('\n');
}

function line(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function details(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

/** Text as code, in a fence longer than any run of backticks in it. */
function fenced(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}yaml\n${toVisible(text, '\n\t').trimEnd()}\n${fence}`;
}
