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
    goal('3000 streams, 20 events a second: first chunk late, p99', ours(3000, first), 100, 'ms'),
    goal('3000 streams, 20 events a second: events late, p99', ours(3000, late), 25, 'ms'),
    goal('10,000 streams, 10 a second: first chunk late, p99', ours(10_000, first), 500, 'ms'),
    goal('10,000 streams, 10 a second: events late, p99', ours(10_000, late), 25, 'ms'),
    goal(
      'processor for an event, of aimock’s, 1000 streams',
      ratio(cpu('rehearsal', 1000), cpu('aimock', 1000)),
      1,
    ),
    goal(
      'processor for an event, of aimock’s, 3000 streams',
      ratio(cpu('rehearsal', 3000), cpu('aimock', 3000)),
      1,
    ),
    goal(
      'processor for an event, of the floor’s, 1000 streams',
      ratio(cpu('rehearsal', 1000), cpu('floor', 1000)),
      2,
    ),
    goal(
      'processor for an event, of the floor’s, 3000 streams',
      ratio(cpu('rehearsal', 3000), cpu('floor', 3000)),
      2,
    ),
    goal('1000 streams: events late, p99', ours(1000, late), 10, 'ms'),
    goal(
      '1000 streams: events late, p99, of aimock’s',
      ratio(ours(1000, late), median('aimock', 1000, late)),
      0.1,
    ),
    goal(
      'openai-chat, 1000 streams: processor for an event, of the better of aimock and mock-llm',
      ratio(cpu(openAi, 1000), lower(cpu('aimock', 1000), cpu('mock-llm', 1000))),
      0.8,
    ),
    goal(
      'openai-chat, 1000 streams: events late, p99, of the better of aimock and mock-llm',
      ratio(
        median(openAi, 1000, late),
        lower(median('aimock', 1000, late), median('mock-llm', 1000, late)),
      ),
      0.1,
    ),
    goal(
      'openai-chat, 1000 streams: processor for an event, of the specified format’s',
      ratio(cpu(openAi, 1000), cpu('rehearsal', 1000)),
      1.1,
    ),
    goal('memory of a stream, 3000 streams', ours(3000, 'memoryPerStreamKb'), 40, 'kB'),
    goal('processor for a plan', results.planUs, 60, 'µs'),
    goal('processor for the start and end of a stream', starts?.startUs.median, 60, 'µs'),
    goal(
      '1000 requests in one instant: first chunk late, worst',
      starts?.instant.figures.firstLateMaxMs.median,
      150,
      'ms',
    ),
    goal(
      'processor for an event, 3000 streams of that at 500',
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
