import type { Report } from '../report.ts';
import { exampleReport } from './example-report.ts';
import { allAt } from './make-metrics.ts';

const run = exampleReport();

/** Returns the example report with every statistic of the first chunk at `firstChunkMs`. */
export function makeRun(firstChunkMs: number, changes: Partial<Report> = {}): Report {
  const metrics = {
    ...run.metrics,
    firstChunkMs: allAt(firstChunkMs),
    ...changes.metrics,
  };
  return { ...run, ...changes, metrics };
}
