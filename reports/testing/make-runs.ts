import type { Report } from '../report.ts';
import { exampleReport } from './example-report.ts';
import { allAt } from './make-metrics.ts';

const run = exampleReport();

/** A run of which the first chunk's times and the rest of the report are as the test wants them. */
export function makeRun(firstChunkMs: number, changes: Partial<Report> = {}): Report {
  const metrics = {
    ...run.metrics,
    firstChunkMs: allAt(firstChunkMs),
    ...changes.metrics,
  };
  return { ...run, ...changes, metrics };
}
