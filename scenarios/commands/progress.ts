import { Listr } from 'listr2';

import { formatCount } from '../../reports/quantity.ts';
import { toVisible } from '../../reports/markup.ts';
import type { LoadProgress } from '../load/run-load.ts';
import type { Scenario } from '../file/scenario.ts';
import { drawsOver } from '../console/terminal.ts';

type OnProgress = (progress: LoadProgress) => void;

/**
 * Shows how far a run is: on a terminal a line that is drawn again, and elsewhere a line for each
 * phase, on standard error.
 */
export async function showProgress<T>(
  scenario: Scenario,
  run: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const { name, load } = scenario;
  const title = `${toVisible(name)}: ${load.arrivals === undefined ? `${load.streams} streams at once` : 'arrivals'}`;
  if (!drawsOver(process.stdout)) {
    process.stderr.write(`${title}\n`);
    return run(logPhases(load.total));
  }
  const context: { result?: T } = {};
  await new Listr<typeof context>(
    {
      title,
      task: async (context, task) => {
        context.result = await run((progress) => {
          task.output = describeProgress(progress, load.total);
        });
      },
    },
    {
      // Our own handlers end a run in order; Listr's would end the process.
      registerSignalListeners: false,
      // A mark for a run that came to its end would read as a verdict.
      rendererOptions: { clearOutput: true, collapseErrors: false, showErrorMessage: false },
    },
  ).run(context);
  if (context.result === undefined) throw new Error('the run ended without a result');
  return context.result;
}

function logPhases(total: number | undefined): OnProgress {
  let phase = '';
  return (progress) => {
    if (progress.phase === phase) return;
    phase = progress.phase;
    process.stderr.write(`${describeProgress(progress, total)}\n`);
  };
}

/**
 * How far a load is, in one line.
 * @param total how many streams it is of, where that ends it and not time
 */
export function describeProgress(
  { phase, elapsedSec, totalSec, open, ended, failed }: LoadProgress,
  total: number | undefined,
): string {
  // How long the last streams take is not known.
  const leftSec = totalSec === null || phase === 'drain' ? 0 : totalSec - elapsedSec;
  return [
    phase.padEnd(7),
    `${Math.round(elapsedSec)} s${leftSec > 0 ? `, ${Math.ceil(leftSec)} s left` : ''}`,
    `${formatCount(open)} open`,
    `${formatCount(ended)}${total === undefined ? '' : ` of ${formatCount(total)}`} ended`,
    `${formatCount(failed)} failed`,
  ].join('  ');
}
