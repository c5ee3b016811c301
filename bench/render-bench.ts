import { isMet, type Goal } from './goals.ts';
import type { BenchResults, Figure } from './results.ts';

/** The machine and the servers of a benchmark run. */
export interface BenchRun {
  version: string;
  node: string;
  cpu: string;
  cores: number;
  rounds: number;
  /** Name and description of each server. */
  servers: readonly { name: string; note: string }[];
  /** Servers that could not be installed, with the reason. */
  missing: readonly string[];
}

/** Returns the goals and all figures as Markdown. */
export function renderBench(
  run: BenchRun,
  goals: readonly Goal[],
  { held, starts }: BenchResults,
): string {
  return [
    `Rehearsal ${run.version}, Node ${run.node}, ${run.cores} × ${run.cpu}, the load client on the same cores; medians of ${run.rounds} rounds, minimum and maximum in brackets.`,
    '',
    table(
      ['goal', 'below', 'measured', ''],
      goals.map((goal) => [
        goal.goal,
        withUnit(goal.below, goal.unit),
        goal.value === undefined ? 'not measured' : withUnit(goal.value, goal.unit),
        isMet(goal) ? 'met' : 'not met',
      ]),
    ),
    '',
    table(
      [
        'server',
        'streams × events/s',
        'µs per event',
        'cores',
        'kB per stream',
        'first-chunk lateness p99, ms',
        'lateness p50, ms',
        'lateness p99, ms',
        'drift p99, ms',
        'words on time',
        'client cores',
        'client event-loop delay p99, ms',
      ],
      held.map(({ server, streams, eventsPerSec, figures }) => [
        server,
        `${streams} × ${eventsPerSec}`,
        spread(figures.cpuPerEventUs),
        spread(figures.cpuCores, 2),
        spread(figures.memoryPerStreamKb, 0),
        spread(figures.firstLateP99Ms, 0),
        spread(figures.lateP50Ms),
        spread(figures.lateP99Ms, 0),
        spread(figures.driftP99Ms, 0),
        `${(figures.goodShare.median * 100).toFixed(1)} %`,
        figures.clientCpuCores.median.toFixed(2),
        figures.clientLoopDelayP99Ms.median.toFixed(1),
      ]),
    ),
    '',
    table(
      [
        'server',
        'start and end of a stream, µs',
        ...['p50', 'p99', 'worst'].map(
          (share) => `1000 simultaneous: first-chunk lateness ${share}, ms`,
        ),
      ],
      starts.map(({ server, startUs, instant: { figures } }) => [
        server,
        spread(startUs, 0),
        spread(figures.firstLateP50Ms, 0),
        spread(figures.firstLateP99Ms, 0),
        spread(figures.firstLateMaxMs, 0),
      ]),
    ),
    '',
    ...run.servers.map(({ name, note }) => `- ${name}: ${note}`),
    ...run.missing.map((name) => `- not measured: ${name}`),
    '',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function withUnit(value: number, unit: Goal['unit']): string {
  const digits = unit === '' ? 2 : value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`.trimEnd();
}

function spread({ median, min, max }: Figure, digits = 1): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
