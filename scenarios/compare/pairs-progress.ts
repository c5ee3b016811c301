import { formatMs, formatSec, plural } from '../../reports/quantity.ts';
import type { Report } from '../../reports/report.ts';
import type { Side } from './run-pairs.ts';
import type { Scenario } from '../file/scenario.ts';

/** What a run takes besides its load: a server that starts and ends, the last streams. */
const aroundSec = 1.5;

/**
 * Tells how far a series of pairs is, a line for each run.
 * @param pairs how many there will be
 */
export function createAbProgress(
  { name, load }: Scenario,
  pairs: number,
  tell: (line: string) => void,
): (run: { pair: number; side: Side; report: Report }) => void {
  const runs = 2 * pairs;
  const startedAtMs = performance.now();
  let done = 0;
  const loadSec = (load.rampMs + load.warmUpMs + load.windowMs) / 1000;
  const guess = load.total === undefined ? `, about ${minutes(runs * (loadSec + aroundSec))}` : '';
  tell(`${name}: ${plural(pairs, 'pair')} of runs${guess}`);
  return ({ pair, side, report: { judgement, metrics } }) => {
    done += 1;
    const eachSec = (performance.now() - startedAtMs) / 1000 / done;
    const firstChunk =
      metrics.firstChunkMs === null ? '' : `, ${formatMs(metrics.firstChunkMs.p50)}`;
    const left = done < runs ? `, ${minutes((runs - done) * eachSec)} left` : '';
    tell(`pair ${pair + 1} of ${pairs}  ${side}  ${judgement.verdict}${firstChunk}${left}`);
  };
}

function minutes(sec: number): string {
  return sec < 90 ? formatSec(Math.ceil(sec)) : `${Math.ceil(sec / 60)} min`;
}
