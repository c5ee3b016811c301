import { Listr } from 'listr2';

import { formatCount } from '../../reports/quantity.ts';
import { toVisible } from '../../reports/markup.ts';
import type { LoadProgress } from '../load/run-load.ts';
import { shareOf, type Shard } from '../load/profile/shard.ts';
import type { Scenario } from '../file/scenario.ts';
import { drawsOver } from '../console/terminal.ts';

type OnProgress = (progress: LoadProgress) => void;

/**
 * Shows the progress of a run: on a terminal one line that is redrawn, otherwise one line per phase on
 * standard error.
 */
export async function showProgress<T>(
  scenario: Scenario,
  run: (onProgress: OnProgress) => Promise<T>,
  shard?: Shard,
): Promise<T> {
  const { load } = scenario;
  const title = titleOf(scenario, shard);
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
      // Our own handlers end the run properly; Listr's would end the process.
      registerSignalListeners: false,
      // A mark for a completed run would look like a verdict.
      rendererOptions: { clearOutput: true, collapseErrors: false, showErrorMessage: false },
    },
  ).run(context);
  if (context.result === undefined) throw new Error('the run ended without a result');
  return context.result;
}

function titleOf({ name, load }: Scenario, shard: Shard | undefined): string {
  const part = shard === undefined ? '' : `, shard ${shard.number} of ${shard.of}`;
  const own = shard === undefined ? '' : `${shareOf(load.streams, shard)} of `;
  const amount = load.arrivals === undefined ? `${own}${load.streams} streams at once` : 'arrivals';
  return `${toVisible(name)}${part}: ${amount}`;
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
 * Returns the progress of a load in one line.
 * @param total the number of streams of a load with `total`
 */
export function describeProgress(
  { phase, elapsedSec, totalSec, open, ended, failed }: LoadProgress,
  total: number | undefined,
): string {
  // The duration of the drain is unknown.
  const leftSec = totalSec === null || phase === 'drain' ? 0 : totalSec - elapsedSec;
  return [
    phase.padEnd(7),
    `${Math.round(elapsedSec)} s${leftSec > 0 ? `, ${Math.ceil(leftSec)} s left` : ''}`,
    `${formatCount(open)} open`,
    `${formatCount(ended)}${total === undefined ? '' : ` of ${formatCount(total)}`} ended`,
    `${formatCount(failed)} failed`,
  ].join('  ');
}
