import { Listr } from 'listr2';

import type { LoadProgress } from './load/run-load.ts';
import type { Scenario } from './scenario.ts';

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
  const title = `${name}: ${load.arrivals === undefined ? `${load.streams} streams at once` : 'arrivals'}`;
  if (!process.stdout.isTTY) {
    process.stderr.write(`${title}\n`);
    return run(logPhases());
  }
  const context: { result?: T } = {};
  await new Listr<typeof context>(
    {
      title,
      task: async (context, task) => {
        context.result = await run((progress) => {
          task.output = describe(progress);
        });
      },
    },
    {
      // Our own handlers end a run in order; Listr's would end the process.
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: false, showErrorMessage: false },
    },
  ).run(context);
  if (context.result === undefined) throw new Error('the run ended without a result');
  return context.result;
}

function logPhases(): OnProgress {
  let phase = '';
  return (progress) => {
    if (progress.phase === phase) return;
    phase = progress.phase;
    process.stderr.write(`${describe(progress)}\n`);
  };
}

function describe({ phase, elapsedSec, totalSec, open, ended, failed }: LoadProgress): string {
  const of = totalSec === null ? '' : ` of ${Math.round(totalSec)}`;
  const time = `${Math.round(elapsedSec)}${of} s`;
  return `${phase.padEnd(7)}  ${time}  ${open} open  ${ended} ended  ${failed} failed`;
}
