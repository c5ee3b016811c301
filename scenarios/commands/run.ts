import { join } from 'node:path';

import type { Command } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Verdict } from '../../reports/verdict/verdict.ts';
import type { DialectName } from '../../proto/dialects/dialect.ts';
import { changeLoad } from '../flags/change-load.ts';
import { findScenarios } from '../file/find-scenario.ts';
import { exitCodeOfVerdicts, exitCodesHelp } from '../console/exit-codes.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import { readHeaders } from '../load/headers.ts';
import type { Shard } from '../load/profile/shard.ts';
import { showProgress } from './progress.ts';
import type { Middle } from '../run/measure-middle.ts';
import { runScenario } from '../run/run-scenario.ts';
import type { Scenario } from '../file/scenario.ts';
import { showReport } from './show-report.ts';
import {
  prepareFolder,
  prepareOwnFolder,
  exitCodeWith,
  tellUnwritten,
  writeRun,
  type RunFolder,
} from '../run/write-run.ts';
import {
  agentHostOption,
  agentPortOption,
  readMiddle,
  startOption,
} from '../flags/middle-options.ts';
import { seedOption, outOption } from '../flags/options.ts';
import { addTrustFlags, readTrust, type TrustFlags } from '../flags/trust-flags.ts';
import { shardOption, startAtOption } from '../flags/shard-options.ts';
import { runShardCommand } from './run-shard.ts';
import { warnOfTarget } from './warn-of-target.ts';
import {
  allStreamsOption,
  dialectOption,
  headerOption,
  noPreflightOption,
  streamsOption,
  windowOption,
} from '../flags/run-options.ts';

interface RunFlags extends TrustFlags {
  target?: string;
  out?: string;
  seed?: number;
  strict?: boolean;
  streams?: number;
  /** In milliseconds. */
  window?: number;
  dialect?: DialectName;
  /** Lines of `name: value`. */
  header: string[];
  preflight: boolean;
  allStreams?: boolean;
  shard?: Shard;
  /** In milliseconds since the epoch. */
  startAt?: number;
  agentPort?: number;
  host: string;
  start?: string;
}

export function runCommand(command: Command): Command {
  return addTrustFlags(command)
    .argument(
      '[scenario...]',
      'scenario files, or names of the catalogue (default with --target: benchmark)',
    )
    .option('--target <url>', 'measure this gateway instead of our own agent and gateway')
    .addOption(
      agentPortOption(
        'port of our agent, which the target calls: its streams are then judged by plan; 0 for a free port, with --start',
      ),
    )
    .addOption(agentHostOption('address that our agent binds, with --agent-port'))
    .addOption(startOption())
    .addOption(
      outOption('folder', 'write the report there (default: reports/out/<scenario>/<run>)'),
    )
    .addOption(seedOption())
    .addOption(streamsOption())
    .addOption(windowOption())
    .addOption(dialectOption())
    .addOption(headerOption())
    .addOption(noPreflightOption())
    .addOption(allStreamsOption())
    .addOption(shardOption())
    .addOption(startAtOption())
    .option('--strict', 'also fail at a missed target that is not beyond its alarm')
    .addHelpText(
      'after',
      `\nWith --shard the command writes the streams of its part and ends with 0, without a verdict;\n\`rehearsal merge\` makes the report of all parts.\n\n${exitCodesHelp(
        {
          success: 'targets met',
          failure: 'targets missed',
          usage: 'wrong usage or set-up',
          invalid: 'invalid: the measuring side was too late to judge',
          interrupted: 'interrupted',
        },
      )}`,
    )
    .action(async (references: string[], flags: RunFlags) => {
      const { streams, window: windowMs, dialect } = flags;
      if (references.length === 0 && flags.target === undefined) {
        throw new RehearsalError(
          'usage',
          'name a scenario, or write --target URL to load it with the benchmark',
        );
      }
      const named = await findScenarios(references.length === 0 ? ['benchmark'] : references);
      const scenarios = named.map((scenario) =>
        changeLoad(scenario, { streams, windowMs, dialect }),
      );
      const middle = readMiddle(flags);
      if (flags.shard !== undefined || flags.startAt !== undefined) {
        if (middle !== undefined) {
          throw new RehearsalError(
            'usage',
            '--shard: the shards of a load have no agent in common; leave out --agent-port',
          );
        }
        await runShardCommand(scenarios, flags);
        return;
      }
      const runs: ReportedRun[] = [];
      const interrupted = interruption((exitCode) =>
        interruptedError('no report was written', exitCode),
      );
      try {
        for (const scenario of scenarios) {
          const several = scenarios.length > 1;
          const { signal } = interrupted;
          runs.push(await runAndReport(scenario, { flags, middle, several, signal }));
          if (interrupted.signal.aborted) break;
        }
      } finally {
        interrupted.over();
      }
      const exitCode = exitCodeWith(exitCodeOfVerdicts(runs.map(({ verdict }) => verdict)), {
        isWritten: runs.every(({ isWritten }) => isWritten),
      });
      process.exitCode = interrupted.exitCode() ?? exitCode;
    });
}

interface ReportedRun {
  verdict: Verdict;
  /** Whether all its files were written. */
  isWritten: boolean;
}

interface RunContext {
  flags: RunFlags;
  middle: Middle | undefined;
  /** Whether the command runs several scenarios. */
  several: boolean;
  signal: AbortSignal;
}

async function runAndReport(
  scenario: Scenario,
  { flags, middle, several, signal }: RunContext,
): Promise<ReportedRun> {
  let folder: RunFolder | undefined;
  try {
    const { target, out, seed, strict = false, header } = flags;
    const trust = readTrust(flags);
    const { preflight, allStreams = false } = flags;
    const headers = readHeaders(header);
    if (target !== undefined && middle === undefined && preflight) {
      await warnOfTarget(scenario, target, { headers, trust, signal });
    }
    folder =
      out === undefined
        ? await prepareOwnFolder(scenario.name, new Date())
        : await prepareFolder(several ? join(out, scenario.name) : out);
    const run = await showProgress(scenario, (onProgress) =>
      runScenario(scenario, {
        ...(middle === undefined ? { target } : { middle }),
        seed,
        strict,
        headers,
        trust,
        onProgress,
        signal,
      }),
    );
    const isWritten = await tellUnwritten(writeRun(folder.path, run, { allStreams }));
    showReport(run.report, isWritten ? folder.path : null);
    if (!isWritten) await folder.takeBack();
    return { verdict: run.report.judgement.verdict, isWritten };
  } catch (error) {
    await folder?.takeBack();
    throw error;
  }
}
