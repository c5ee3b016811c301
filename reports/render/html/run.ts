import { describeRun } from '../describe-run.ts';
import { describeShards, shardCells, shardHeads } from '../shards.ts';
import { facts, note, section, table, type Section } from './parts.ts';
import { basis, headline } from '../headline.ts';
import { markup, type Markup } from '../../markup.ts';
import type { Report } from '../../report.ts';
import type { Verdict } from '../../verdict/verdict.ts';

const verdictWords: Record<Verdict, string> = {
  pass: 'Pass',
  warn: 'Warning',
  fail: 'Fail',
  invalid: 'Invalid',
};

/** The verdict, large, with its basis. */
export function htmlVerdict(report: Report): Markup {
  const { judgement, scenario, target } = report;
  const reasons = judgement.invalidReasons.map((reason) => markup`<li>${reason}</li>`);
  return markup`
<header class="${judgement.verdict}">
<p class="subject"><b>${scenario.name}</b> <span>${target.url}</span></p>
<h1>${verdictWords[judgement.verdict]}</h1>
<p class="headline">${headline(report)}</p>
${reasons.length === 0 ? null : markup`<ul class="reasons">${reasons}</ul>`}
<p class="basis">${basis(report)}</p>
${scenario.description === '' ? null : markup`<p class="description">${scenario.description}</p>`}
</header>`;
}

/** The shards of a merged run; null for others. */
export function htmlShards({ shards }: Report): Section | null {
  if (shards.length === 0) return null;
  const rows = shards.map(shardCells);
  return section('Shards', note(describeShards(shards)), table(shardHeads, rows));
}

/** The run, its machine, and the scenario's source. */
export function htmlRun(report: Report): Section[] {
  const source = markup`
<pre>${report.scenario.source}</pre>`;
  return [section('Run', facts(describeRun(report))), section('Scenario', source)];
}
