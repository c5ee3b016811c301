import { findCase, type BenchResults, type CaseFigures } from './results.ts';

/** A goal, with the measured value. */
export interface Goal {
  goal: string;
  /** Undefined if a figure that it needs was not measured. */
  value: number | undefined;
  below: number;
  unit: 'ms' | 'µs' | 'kB' | '';
}

/** Returns the goals with the medians of all rounds. */
export function goalsOf(results: BenchResults): Goal[] {
  const median = (server: string, streams: number, name: keyof CaseFigures) =>
    findCase(results, server, streams)?.figures[name].median;
  const ours = (streams: number, name: keyof CaseFigures) => median('rehearsal', streams, name);
  const cpu = (server: string, streams: number) => median(server, streams, 'cpuPerEventUs');
  const starts = results.starts.find(({ server }) => server === 'rehearsal');
  const openAi = 'rehearsal, openai-chat';
  const late = 'lateP99Ms';
  const first = 'firstLateP99Ms';
  return [
    goal('3000 streams, 20 events/s: first-chunk lateness, p99', ours(3000, first), 100, 'ms'),
    goal('3000 streams, 20 events/s: event lateness, p99', ours(3000, late), 25, 'ms'),
    goal('10,000 streams, 10 events/s: first-chunk lateness, p99', ours(10_000, first), 500, 'ms'),
    goal('10,000 streams, 10 events/s: event lateness, p99', ours(10_000, late), 25, 'ms'),
    goal(
      '1000 streams: processor time per event, relative to aimock',
      ratio(cpu('rehearsal', 1000), cpu('aimock', 1000)),
      1,
    ),
    goal(
      '3000 streams: processor time per event, relative to aimock',
      ratio(cpu('rehearsal', 3000), cpu('aimock', 3000)),
      1,
    ),
    goal(
      '1000 streams: processor time per event, relative to the floor',
      ratio(cpu('rehearsal', 1000), cpu('floor', 1000)),
      2,
    ),
    goal(
      '3000 streams: processor time per event, relative to the floor',
      ratio(cpu('rehearsal', 3000), cpu('floor', 3000)),
      2,
    ),
    goal('1000 streams: event lateness, p99', ours(1000, late), 10, 'ms'),
    goal(
      '1000 streams: event lateness, p99, relative to aimock',
      ratio(ours(1000, late), median('aimock', 1000, late)),
      0.1,
    ),
    goal(
      'openai-chat, 1000 streams: processor time per event, relative to the better of aimock and mock-llm',
      ratio(cpu(openAi, 1000), lower(cpu('aimock', 1000), cpu('mock-llm', 1000))),
      0.8,
    ),
    goal(
      'openai-chat, 1000 streams: event lateness, p99, relative to the better of aimock and mock-llm',
      ratio(
        median(openAi, 1000, late),
        lower(median('aimock', 1000, late), median('mock-llm', 1000, late)),
      ),
      0.1,
    ),
    goal(
      'openai-chat, 1000 streams: processor time per event, relative to the specified format',
      ratio(cpu(openAi, 1000), cpu('rehearsal', 1000)),
      1.1,
    ),
    goal('3000 streams: memory per stream', ours(3000, 'memoryPerStreamKb'), 40, 'kB'),
    goal('processor time per plan', results.planUs, 60, 'µs'),
    goal('processor time per start and end of a stream', starts?.startUs.median, 60, 'µs'),
    goal(
      '1000 simultaneous requests: first-chunk lateness, worst',
      starts?.instant.figures.firstLateMaxMs.median,
      150,
      'ms',
    ),
    goal(
      '3000 streams: processor time per event, relative to 500 streams',
      ratio(cpu('rehearsal', 3000), cpu('rehearsal', 500)),
      1,
    ),
  ];
}

export function isMet({ value, below }: Goal): boolean {
  return value !== undefined && value < below;
}

function goal(
  what: string,
  value: number | undefined,
  below: number,
  unit: Goal['unit'] = '',
): Goal {
  return { goal: what, value, below, unit };
}

function lower(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b;
}
