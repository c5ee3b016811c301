import { RehearsalError } from '../console/rehearsal-error.ts';
import { generatePath } from '../../proto/interface.ts';
import type { Report } from '../../reports/report.ts';
import { checkTarget, runScenario } from '../run/run-scenario.ts';
import type { Scenario } from '../file/scenario.ts';
import { startServerCommand } from '../processes/start-command.ts';

export type Side = 'base' | 'head';

export interface PairsOptions {
  /** Commands of the shell, each of which starts a server on `$PORT`. */
  commands: Readonly<Record<Side, string>>;
  pairs: number;
  /** The interface's URL, with `{port}` in it. */
  target: string;
  seed?: number | undefined;
  /** Whether any certificate of an https target will do. */
  insecure?: boolean | undefined;
  /** Told of every run that is done. */
  onRun(run: { pair: number; side: Side; report: Report }): Promise<void> | void;
  signal: AbortSignal;
}

/** The interface of a server that follows the specification. */
export const specifiedTarget = `http://127.0.0.1:{port}${generatePath}`;

/**
 * Runs a scenario against two servers by turns, a fresh start for each run: what a process is born with
 * (where its memory lies, what is compiled when) is part of the noise and must not stand for a side.
 * Which side is first changes from pair to pair, so that what drifts meets both alike.
 *
 * @throws RehearsalError (usage) for a server that does not start, or ends during its run
 * @throws the signal's reason
 */
export async function runPairs(
  scenario: Scenario,
  { commands, pairs, onRun, ...options }: PairsOptions,
): Promise<Record<Side, Report[]>> {
  const reports: Record<Side, Report[]> = { base: [], head: [] };
  for (let pair = 0; pair < pairs; pair += 1) {
    const order: Side[] = pair % 2 === 0 ? ['base', 'head'] : ['head', 'base'];
    for (const side of order) {
      const report = await runOn(commands[side], scenario, options);
      reports[side].push(report);
      await onRun({ pair, side, report });
    }
  }
  return reports;
}

async function runOn(
  command: string,
  scenario: Scenario,
  { target, seed, insecure, signal }: Omit<PairsOptions, 'commands' | 'pairs' | 'onRun'>,
): Promise<Report> {
  const server = await startServerCommand(command, signal);
  const broken = new AbortController();
  void server.failed.then((how) => broken.abort(new RehearsalError('usage', how)));
  const ending = AbortSignal.any([signal, broken.signal]);
  try {
    const url = target.replaceAll('{port}', String(server.port));
    await checkTarget(scenario, url, { insecure, signal: ending });
    const { report } = await runScenario(scenario, {
      target: url,
      seed,
      strict: false,
      insecure,
      signal: ending,
    });
    ending.throwIfAborted();
    return report;
  } finally {
    await server.close();
  }
}
