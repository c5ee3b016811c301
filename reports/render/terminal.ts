import Table from 'cli-table3';

import {
  describeArrivals,
  describeContentTypes,
  describeExpectations,
  describeFaultRate,
  describeGoodput,
  describeRawShares,
  describeReconnects,
  describeStalls,
  describeTarget,
  namedHops,
} from './words.ts';
import type { Distribution } from '../statistics/distribution.ts';
import { basis, headline, latenessNote, slowingNote } from './headline.ts';
import { describeShards, shardCells, shardHeads, shownShards } from './shards.ts';
import { toVisible } from '../markup.ts';
import { explainTarget } from './plan-note.ts';
import {
  formatBytes,
  formatMs,
  formatCount,
  formatQuantity,
  formatRate,
  nothing,
} from '../quantity.ts';
import type { Report } from '../report.ts';
import { alarmWords, targetWords, type TargetResult } from '../verdict/target-results.ts';
import type { Verdict } from '../verdict/verdict.ts';

/** How the text is to look. */
export interface TerminalOptions {
  /** Whether to write ANSI colours; without, the text has no escape sequence at all. */
  colors: boolean;
  /** Width of the terminal in characters; what is longer is wrapped by the terminal. */
  columns: number;
}

/** Below this many columns, tables lose what a reader can best do without. */
const narrowColumns = 78;

/**
 * Renders a run for a terminal or a log. The verdict comes last, where the eye is when a command
 * ends. No line end after the last line.
 */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const paint = painter(options.colors);
  const wide = options.columns >= narrowColumns;
  const { judgement, scenario, target } = report;
  const reasons = judgement.targets
    .map((target) => ({ label: target.label, reason: explainTarget(report, target) }))
    .filter(({ reason }) => reason !== '');
  const blocks = [
    `${paint('bold', toVisible(scenario.name))}  ${toVisible(target.url)}${target.middle ? ` (${describeTarget(target)})` : ''}\n${paint('dim', basis(report))}`,
    targetsTable(report, paint, wide),
    reasons.map(({ label, reason }) => paint('dim', `  ${label}: ${reason}`)).join('\n'),
    timesTable(report, paint, wide),
    slowingNote(report).replace(/^(?=.)/, '  '),
    latenessNote(report).replace(/^(?=.)/, '  '),
    facts(report, paint),
    shardsTable(report, paint, wide),
    judgement.invalidReasons.map((reason) => `  ${paint('magenta', '?')} ${reason}`).join('\n'),
    `${paint(verdictColors[judgement.verdict], judgement.verdict.toUpperCase())}  ${toVisible(headline(report))}`,
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function targetsTable({ judgement }: Report, paint: Paint, wide: boolean): string {
  const table = plainTable(['', 'target', 'seen', 'wanted', ...(wide ? ['alarm'] : [])], paint);
  for (const target of judgement.targets) {
    const mark = paint(stateColors[target.state], stateMarks[target.state]);
    const name = `${target.label}${paint('dim', `, ${target.statistic}`)}`;
    const value = formatQuantity(target.value, target.unit);
    const alarm = wide ? [alarmWords(target)] : [];
    table.push([mark, name, paint('bold', value), targetWords(target), ...alarm]);
  }
  return table.toString();
}

function timesTable({ metrics }: Report, paint: Paint, wide: boolean): string {
  const table = plainTable(['', 'p50', 'p95', 'p99', 'max', ...(wide ? ['count'] : [])], paint);
  const row = (name: string, times: Distribution | null) => {
    // What was not measured the targets above give a reason for, or it is not ours.
    if (times === null) return;
    const numbers = [times.p50, times.p95, times.p99, times.max].map(formatMs);
    table.push([name, ...numbers, ...(wide ? [formatCount(times.count)] : [])]);
  };
  row('first reasoning', metrics.firstReasoningMs);
  row('first chunk', metrics.firstChunkMs);
  row('interval, per stream', metrics.intervalMs);
  row('gap, any', metrics.gapMs);
  row('arrival after its plan', metrics.latenessMs);
  for (const [name, times] of Object.entries(namedHops(metrics.latenessByHop))) {
    row(paint('dim', `  ${name}`), times);
  }
  row(paint('dim', 'load started late'), metrics.startLagMs);
  return table.length === 0 ? '' : table.toString();
}

function shardsTable({ shards }: Report, paint: Paint, wide: boolean): string {
  if (shards.length === 0) return '';
  const { shown, note } = shownShards(shards);
  const most = wide ? shardHeads.length : 5;
  const heads = shardHeads.slice(0, most).map((head) => head.replace('>', ''));
  const table = plainTable(heads, paint);
  for (const shard of shown) table.push(shardCells(shard).slice(0, most));
  const summary = [describeShards(shards), note].filter((text) => text !== '').join('; ');
  return `  ${summary}\n${table.toString()}`;
}

function facts(
  { metrics, arrivals, expectations, health, failures, contentTypes, faults }: Report,
  paint: Paint,
): string {
  const ended = Object.entries(metrics.outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${outcome} ${formatCount(count)}`);
  const loop = Object.entries(health).map(([name, process]) =>
    process === null ? `${name} not ours` : `${name} ${formatMs(process.loopDelayMs.p99)}`,
  );
  const lines = [
    ['outcomes', ended.join(', ') || 'no stream in the window'],
    ...failures.map(({ outcome, detail, count }) => [
      '',
      [`${formatCount(count)} × ${outcome}`, toVisible(detail)]
        .filter((part) => part !== '')
        .join(': '),
    ]),
    ...(contentTypes.length === 0
      ? []
      : [['content types', toVisible(describeContentTypes(contentTypes))]]),
    ...(expectations === null
      ? []
      : [
          ['of all streams', describeRawShares(metrics)],
          ['by their plans', describeExpectations(expectations)],
          ...expectations.differences.map(({ foretold, seen, count }) => [
            '',
            `${formatCount(count)} × ${toVisible(`${foretold} -> ${seen}`)}`,
          ]),
        ]),
    ['goodput', describeGoodput(metrics.goodput)],
    ['stalls', describeStalls(metrics.stalls)],
    ...(metrics.reconnects === null
      ? []
      : [['reconnects', describeReconnects(metrics.reconnects)]]),
    ...faults.map((rate, index) => [
      index === 0 ? 'faults' : '',
      toVisible(describeFaultRate(rate)),
    ]),
    ...(arrivals === null ? [] : [['arrivals', describeArrivals(arrivals)]]),
    [
      'load',
      `${formatCount(metrics.peakConcurrency)} open at most, ${formatRate(metrics.meanConcurrency)} on average, ${formatRate(metrics.messagesPerSec)} messages/s, ${formatBytes(metrics.bytesPerSec)}/s`,
    ],
    ['loop delay p99', loop.join(', ')],
  ];
  return lines
    .map(([name = '', value = '']) => `  ${paint('dim', name.padEnd(16))}${value}`)
    .join('\n');
}

const stateMarks: Record<TargetResult['state'], string> = {
  ok: '✓',
  missed: '!',
  alarm: '✗',
  'not-judged': nothing,
};

const stateColors = {
  ok: 'green',
  missed: 'yellow',
  alarm: 'red',
  'not-judged': 'dim',
} as const satisfies Record<TargetResult['state'], keyof typeof codes>;

const verdictColors = {
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
  invalid: 'magenta',
} as const satisfies Record<Verdict, keyof typeof codes>;

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, magenta: 35 };

type Paint = (color: keyof typeof codes, text: string) => string;

// Not util.styleText: from Node 22 on it asks the environment itself, and we were told what to do.
export function painter(colors: boolean): Paint {
  return (color, text) =>
    colors && text !== '' ? `\u001B[${codes[color]}m${text}\u001B[0m` : text;
}

/** A table without borders, its numbers to the right, its heads dim. */
export function plainTable(heads: string[], paint: Paint): Table.Table {
  const none = Object.fromEntries(borderParts.map((part) => [part, '']));
  const name = heads.findIndex((head) => head === 'target');
  return new Table({
    head: heads.map((head) => paint('dim', head)),
    chars: none,
    colAligns: heads.map((_, index) => (index <= Math.max(0, name) ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0 },
  });
}

const borderParts = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
  'middle',
];
