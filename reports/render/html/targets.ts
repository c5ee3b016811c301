import { note, section, type Section } from './parts.ts';
import { percent, textAt } from './plot.ts';
import { markup, type Markup } from '../../markup.ts';
import { explainTarget } from '../plan-note.ts';
import { formatQuantity } from '../../quantity.ts';
import type { Report } from '../../report.ts';
import { alarmWords, targetWords, type TargetResult } from '../../verdict/target-results.ts';

/** Every target as a gauge with its target, its alarm and the value of the run. */
export function htmlTargets(report: Report): Section {
  const { judgement } = report;
  const invalid = note('The run is invalid: its figures make no verdict.');
  return section(
    'Targets',
    judgement.verdict === 'invalid' ? invalid : null,
    markup`
<ul class="targets">${judgement.targets.map((result) => target(report, result))}
</ul>`,
  );
}

const stateWords = { ok: 'met', missed: 'missed', alarm: 'alarm', 'not-judged': 'not judged' };

function target(report: Report, result: TargetResult): Markup {
  const { label, statistic, state, value, unit } = result;
  const reason = explainTarget(report, result);
  return markup`
<li class="target ${state}">
<h3>${label} <small>${statistic}</small></h3>
<p class="value">${formatQuantity(value, unit)}</p>
<p class="state">${stateWords[state]}</p>
<div class="gauge">${gaugeOf(result)}</div>
${reason === '' ? null : markup`<p class="reason">${reason}</p>`}
</li>`;
}

/** Returns null if nothing was measured. */
function gaugeOf(result: TargetResult): Markup | null {
  if (result.wanted === 'none') return markup`<p class="note">wanted: none</p>`;
  return result.value === null ? null : gauge(result);
}

/** A span of a gauge, both ends from 0 to 1. */
interface Zone {
  state: 'ok' | 'missed' | 'alarm';
  from: number;
  to: number;
}

function gauge(result: TargetResult): Markup {
  const { min, max } = gaugeRange(result);
  const place = (value: number) => Math.min(1, Math.max(0, (value - min) / (max - min)));
  const [target, alarm] = [place(result.target), place(result.alarm)];
  const { value } = result;
  const measured = formatQuantity(value, result.unit);
  const label = `${result.label}: ${measured}, target ${targetWords(result)}, alarm ${alarmWords(result)}`;
  return markup`
<svg role="img" aria-label="${label}" width="100%" height="42">
${zones(result.wanted, target, alarm).map(zone)}
${limit('target', target, targetWords(result))}
${limit('alarm', alarm, alarmWords(result))}
${value === null ? null : pointer(place(value), value < min || value > max)}
</svg>`;
}

/** From 0 (for shares, from somewhat below the alarm) to somewhat beyond the alarm. */
function gaugeRange({ wanted, alarm }: TargetResult): { min: number; max: number } {
  if (wanted === 'above') return { min: Math.max(0, Math.min(0.9, 2 * alarm - 1)), max: 1 };
  return { min: 0, max: alarm * 1.25 };
}

function zones(wanted: TargetResult['wanted'], target: number, alarm: number): Zone[] {
  switch (wanted) {
    case 'above':
      return [
        { state: 'alarm', from: 0, to: alarm },
        { state: 'missed', from: alarm, to: target },
        { state: 'ok', from: target, to: 1 },
      ];
    case 'at-least':
      return [
        { state: 'missed', from: 0, to: target },
        { state: 'ok', from: target, to: alarm },
        { state: 'alarm', from: alarm, to: 1 },
      ];
    case 'below':
    case 'none':
      return [
        { state: 'ok', from: 0, to: target },
        { state: 'missed', from: target, to: alarm },
        { state: 'alarm', from: alarm, to: 1 },
      ];
  }
}

function zone({ state, from, to }: Zone): Markup {
  return markup`<rect class="zone ${state}" x="${percent(from)}" width="${percent(to - from)}" y="12" height="8"/>`;
}

function limit(name: 'target' | 'alarm', at: number, words: string): Markup {
  const x = percent(at);
  return markup`
<line class="${name}" x1="${x}" x2="${x}" y1="10" y2="25"/>
${textAt(at, 38, `${name} ${words}`, 0.15)}`;
}

/** The value of the run; an arrow points to values beyond the end. */
function pointer(at: number, outside: boolean): Markup {
  const inward = markup`<path class="pointer" d="M-6 -2H6L0 8z"/><line class="pointer" y1="6" y2="22"/>`;
  const tip = at === 0 ? 'M12 10L0 16L12 22z' : 'M-12 10L0 16L-12 22z';
  const outward = markup`<path class="pointer" d="${tip}"/>`;
  return markup`<svg x="${percent(at)}" overflow="visible">${outside ? outward : inward}</svg>`;
}
