import { formatMs, formatSec, plural } from '../../reports/quantity.ts';
import type { Report } from '../../reports/report.ts';
import type { Side } from './run-pairs.ts';
import type { Scenario } from '../file/scenario.ts';

/** The duration of a run beside its load: the start and end of the server, the last streams. */
const overheadSec = 1.5;

/**
 * Returns a function that prints the progress of a series of pairs, one line per run.
 * @param pairs how many there will be
 */
export function createAbProgress(
  { name, load }: Scenario,
  pairs: number,
  print: (line: string) => void,
): (run: { pair: number; side: Side; report: Report }) => void {
  const runs = 2 * pairs;
  const startedAtMs = performance.now();
  let done = 0;
  const loadSec = (load.rampMs + load.warmUpMs + load.windowMs) / 1000;
  const estimate =
    load.total === undefined ? `, about ${formatDuration(runs * (loadSec + overheadSec))}` : '';
  print(`${name}: ${plural(pairs, 'pair')} of runs${estimate}`);
  return ({ pair, side, report: { judgement, metrics } }) => {
    done += 1;
    const eachSec = (performance.now() - startedAtMs) / 1000 / done;
    const firstChunk =
      metrics.firstChunkMs === null ? '' : `, ${formatMs(metrics.firstChunkMs.p50)}`;
    const left = done < runs ? `, ${formatDuration((runs - done) * eachSec)} left` : '';
    print(`pair ${pair + 1} of ${pairs}  ${side}  ${judgement.verdict}${firstChunk}${left}`);
  };
}

function formatDuration(sec: number): string {
  return sec < 90 ? formatSec(Math.ceil(sec)) : `${Math.ceil(sec / 60)} min`;
}
