import { medianOf } from '../reports/statistics/median.ts';
import type { RoundFigures } from './round.ts';

/** A figure of several rounds. */
export interface Figure {
  median: number;
  min: number;
  max: number;
}

export type CaseFigures = { [name in keyof RoundFigures]: Figure };

/** The measurement of one server under one load. */
export interface CaseResult {
  server: string;
  streams: number;
  /** Events per second of each stream. */
  eventsPerSec: number;
  rounds: number;
  figures: CaseFigures;
}

/** The cost of starting streams. */
interface StartResult {
  server: string;
  /** Processor time of the start and end of a stream. */
  startUs: Figure;
  /** All requests at the same time. */
  instant: CaseResult;
}

export interface BenchResults {
  planUs: number;
  starts: StartResult[];
  held: CaseResult[];
}

export function figureOf(values: readonly number[]): Figure {
  return { median: medianOf(values), min: Math.min(...values), max: Math.max(...values) };
}

/** @param rounds at least one */
export function figuresOf(rounds: readonly RoundFigures[]): CaseFigures {
  const of = (name: keyof RoundFigures) => figureOf(rounds.map((round) => round[name]));
  return {
    cpuPerEventUs: of('cpuPerEventUs'),
    cpuCores: of('cpuCores'),
    memoryPerStreamKb: of('memoryPerStreamKb'),
    eventsPerSec: of('eventsPerSec'),
    goodShare: of('goodShare'),
    brokenStreams: of('brokenStreams'),
    firstLateP50Ms: of('firstLateP50Ms'),
    firstLateP99Ms: of('firstLateP99Ms'),
    firstLateMaxMs: of('firstLateMaxMs'),
    lateP50Ms: of('lateP50Ms'),
    lateP99Ms: of('lateP99Ms'),
    lateMaxMs: of('lateMaxMs'),
    driftP99Ms: of('driftP99Ms'),
    clientCpuCores: of('clientCpuCores'),
    clientLoopDelayP99Ms: of('clientLoopDelayP99Ms'),
  };
}

/** Returns the result of a server at a number of streams; undefined without a measurement. */
export function findCase(
  { held }: BenchResults,
  server: string,
  streams: number,
): CaseResult | undefined {
  return held.find((each) => each.server === server && each.streams === streams);
}
