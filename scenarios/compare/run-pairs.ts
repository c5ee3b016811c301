import { nameTransport } from '../../reports/render/words.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Report } from '../../reports/report.ts';
import { checkTarget } from '../run/measure-target.ts';
import { runScenario } from '../run/run-scenario.ts';
import type { Scenario } from '../file/scenario.ts';
import type { Trust } from '../load/target/trust.ts';
import { startServerCommand } from '../processes/start-command.ts';

export type Side = 'base' | 'head';

export interface PairsOptions {
  /** Shell commands that each start a server on `$PORT`. */
  commands: Readonly<Record<Side, string>>;
  pairs: number;
  /** The URL of the interface, with `{port}`; without a path it gets the one of the load's format. */
  target: string;
  seed?: number | undefined;
  /** Which certificates of an https target are accepted; by default those that Node trusts. */
  trust?: Trust | undefined;
  /** Receives every completed run. */
  onRun(run: { pair: number; side: Side; report: Report }): Promise<void> | void;
  signal: AbortSignal;
}

/** A server of this machine, with `{port}`; the format of the load decides the path. */
export const localTarget = 'http://127.0.0.1:{port}';

/**
 * Runs a scenario against two servers by turns, with a fresh process for each run: properties of one
 * process (memory layout, compilation) are noise and must not stand for a side. The side that runs first
 * alternates, so that drift of the machine affects both sides equally.
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
      refuseOtherVersions(reports);
      await onRun({ pair, side, report });
    }
  }
  return reports;
}

async function runOn(
  command: string,
  scenario: Scenario,
  { target, seed, trust, signal }: Omit<PairsOptions, 'commands' | 'pairs' | 'onRun'>,
): Promise<Report> {
  const server = await startServerCommand(command, signal);
  const broken = new AbortController();
  void server.failed.then((reason) => broken.abort(new RehearsalError('usage', reason)));
  const end = AbortSignal.any([signal, broken.signal]);
  try {
    const url = target.replaceAll('{port}', String(server.port));
    await checkTarget(scenario, url, { trust, signal: end });
    const { report } = await runScenario(scenario, {
      target: url,
      seed,
      strict: false,
      trust,
      signal: end,
    });
    end.throwIfAborted();
    return report;
  } finally {
    await server.close();
  }
}

/** @throws RehearsalError (usage) for servers that chose different versions of HTTP */
function refuseOtherVersions({ base, head }: Record<Side, Report[]>): void {
  const used = [...new Set([...base, ...head].map(({ load }) => nameTransport(load)))];
  if (used.length < 2) return;
  throw new RehearsalError(
    'usage',
    `base and head were loaded differently (${used.join(', ')}), which cannot be compared; write httpVersion: 1.1 into load.request`,
  );
}
