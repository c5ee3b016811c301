import { distributionChart } from './distribution-chart.ts';
import { note, section, table, type Section } from './parts.ts';
import { timesTable } from './times.ts';
import { markup, type Markup, type Piece } from '../../markup.ts';
import { latenessNote, slowingNote } from '../headline.ts';
import { namedHops } from '../words.ts';
import { formatCount, formatMs, formatQuantity, formatRate, nothing } from '../../quantity.ts';
import type { Report } from '../../report.ts';
import type { ValidityCheck } from '../../verdict/validity.ts';

/** Lateness of the load client and the mock agent, which decides whether a run is valid. */
export function htmlLateness(report: Report): Section {
  const { judgement, metrics, health } = report;
  const notes = [slowingNote(report), latenessNote(report)].filter((text) => text !== '');
  return section(
    'Was the measurement valid?',
    note(
      'A run is invalid where the load client or the mock agent exceeds one of these bounds, whatever its figures. The gateway has no bound: it is what is measured.',
    ),
    table(['', '>seen', '>bound', 'state'], judgement.validity.map(check)),
    markup`<h3>Chunks and their plan</h3>`,
    arrivals(report),
    notes.map(note),
    timesTable({
      'arrival after its plan': metrics.latenessMs,
      ...namedHops(metrics.latenessByHop),
      'load started late': metrics.startLagMs,
    }),
    markup`<h3>Processes</h3>`,
    processes(health),
  );
}

function arrivals({ metrics, histograms }: Report): Markup {
  if (metrics.latenessMs === null) {
    return note(
      'There is no plan to compare with: the agent and gateway are not ours, or nothing arrived.',
    );
  }
  const chart = distributionChart({
    title: 'Lateness of arrivals',
    of: 'chunk',
    histogram: histograms.latenessMs,
    judged: { name: 'p99', valueMs: metrics.latenessMs.p99 },
    limits: null,
  });
  return markup`
${note('How much later each chunk arrived than its plan and the push interval allow. The table splits it by hop: agent, gateway and client, each measured from the hop before it.')}
<div class="charts single">${chart}</div>`;
}

const words = { ok: 'ok', beyond: 'beyond its bound', 'not-measured': 'not measured' };

function check({ label, statistic, unit, value, bound, state, reason }: ValidityCheck): Piece[] {
  return [
    markup`${label} <small>${statistic}</small>`,
    formatQuantity(value, unit),
    formatQuantity(bound, unit),
    [
      markup`<span class="check ${state}">${words[state]}</span>`,
      state === 'not-measured' ? `: ${reason}` : null,
    ],
  ];
}

function processes(health: Report['health']): Markup {
  return table(
    ['', '>loop delay p50', '>p99', '>max', '>cores', '>memory'],
    Object.entries(health).map(([name, process]) =>
      process === null
        ? [name, 'not ours', nothing, nothing, nothing, nothing]
        : [
            name,
            formatMs(process.loopDelayMs.p50),
            formatMs(process.loopDelayMs.p99),
            formatMs(process.loopDelayMs.max),
            formatRate(process.cpuCores),
            `${formatCount(process.rssMb)} MiB`,
          ],
    ),
  );
}
