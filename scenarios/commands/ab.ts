import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Command } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { differencesOf, fewestPairs } from '../../reports/compare/compare-times.ts';
import { compareRuns, type Comparison } from '../../reports/compare/comparison.ts';
import { recordNoise } from '../../reports/compare/noise.ts';
import { renderNoise } from '../../reports/render/noise.ts';
import type { Report } from '../../reports/report.ts';
import type { DialectName } from '../../proto/dialects/dialect.ts';
import { createAbProgress } from '../compare/pairs-progress.ts';
import { runPairs, localTarget } from '../compare/run-pairs.ts';
import { findScenario } from '../file/find-scenario.ts';
import { interruption } from '../console/interruption.ts';
import { writeNoise } from '../compare/noise-file.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { wantsColors } from '../console/terminal.ts';
import { comparisonExitCodes, exitCodesHelp } from '../console/exit-codes.ts';
import { showComparison, writeComparison } from '../compare/write-comparison.ts';
import { exitCodeWith, prepareFolder, tellUnwritten, writeReport } from '../run/write-run.ts';
import { jsonOption, marginOption, noiseOption } from '../flags/comparison-options.ts';
import { changeLoad } from '../flags/change-load.ts';
import { countOption, seedOption, outOption } from '../flags/options.ts';
import { addTrustFlags, readTrust, type TrustFlags } from '../flags/trust-flags.ts';
import { dialectOption } from '../flags/run-options.ts';

interface AbFlags extends TrustFlags {
  base: string;
  head?: string;
  aa?: boolean;
  pairs: number;
  target: string;
  dialect?: DialectName;
  seed?: number;
  margin: number;
  noise?: string;
  out?: string;
  json?: boolean;
}

/** Two more than the minimum for an interval, since a run may be invalid. */
const defaultPairs = fewestPairs + 2;

export function abCommand(command: Command): Command {
  return addTrustFlags(command)
    .argument('<scenario>', 'the load: a scenario file, or a name of the catalogue')
    .requiredOption('--base <command>', 'shell command that starts a server on $PORT')
    .option('--head <command>', 'the same for the version that may be worse')
    .option('--aa', 'run base against itself: prints the smallest change that this machine can see')
    .addOption(countOption('--pairs', 'how many times each side runs', defaultPairs))
    .option('--target <url>', 'URL of the interface, with {port}', localTarget)
    .addOption(dialectOption())
    .addOption(seedOption())
    .addOption(marginOption())
    .addOption(noiseOption('with --aa: write the noise record there'))
    .addOption(outOption('folder', 'write every report, comparison.json and comparison.md there'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\n${exitCodesHelp({
        success: 'none or inconclusive',
        failure: 'regression',
        usage: 'wrong usage, or a server that does not start',
        invalid: 'no valid pair: the measuring side was too late',
      })}`,
    )
    .action(async (reference: string, flags: AbFlags) => {
      const head = refuseMisuse(flags);
      const trust = readTrust(flags);
      const scenario = changeLoad(await findScenario(reference), { dialect: flags.dialect });
      const { base, pairs, target, seed, margin, out, json = false } = flags;
      if (out !== undefined) await prepareFolder(refuseUsed(out));
      const interrupted = interruption(
        () => new RehearsalError('usage', 'interrupted; nothing was compared'),
      );
      try {
        let isWritten = true;
        const printProgress = createAbProgress(scenario, pairs, (line) =>
          process.stderr.write(`${line}\n`),
        );
        const reports = await runPairs(scenario, {
          commands: { base, head },
          pairs,
          target,
          seed,
          trust,
          signal: interrupted.signal,
          async onRun(run) {
            printProgress(run);
            if (out === undefined) return;
            const runFolder = join(out, run.side, String(run.pair + 1));
            isWritten = (await tellUnwritten(writeReport(runFolder, run.report))) && isWritten;
          },
        });
        const comparison = compareRuns(reports.base, reports.head, {
          paired: true,
          margin,
          noise: null,
        });
        showComparison(comparison, { json });
        if (out !== undefined) {
          isWritten = (await tellUnwritten(writeComparison(out, comparison))) && isWritten;
        }
        if (flags.aa === true) await keepNoise(comparison, reports.base[0], flags.noise);
        process.exitCode = exitCodeWith(comparisonExitCodes[comparison.answer], { isWritten });
      } finally {
        interrupted.over();
      }
    });
}

/**
 * Returns the command of head.
 * @throws RehearsalError (usage) for flags that contradict each other
 */
function refuseMisuse({ base, head, aa, pairs, target, noise }: AbFlags): string {
  if ((aa === true) === (head !== undefined)) {
    throw new RehearsalError(
      'usage',
      'write either --head, to compare another version, or --aa, to compare base with itself',
    );
  }
  if (aa === true && pairs < fewestPairs) {
    throw new RehearsalError(
      'usage',
      `--pairs: ${pairs} are too few for --aa; write ${fewestPairs} or more`,
    );
  }
  if (aa !== true && noise !== undefined) {
    throw new RehearsalError(
      'usage',
      '--noise: pairs need no noise record; use it with --aa or with rehearsal compare',
    );
  }
  if (!target.includes('{port}') || !URL.canParse(target.replaceAll('{port}', '1'))) {
    throw new RehearsalError(
      'usage',
      `--target: "${maskAddress(target)}" is not a URL with {port}`,
    );
  }
  return head ?? base;
}

/**
 * Returns the folder; refuses one with the runs of an earlier series, which would be mixed with new ones.
 * @throws RehearsalError (usage)
 */
function refuseUsed(out: string): string {
  if (!existsSync(join(out, 'base')) && !existsSync(join(out, 'head'))) return out;
  throw new RehearsalError(
    'usage',
    `--out: ${out} has the runs of an earlier series; name another folder`,
  );
}

async function keepNoise(
  comparison: Comparison,
  report: Report | undefined,
  file: string | undefined,
): Promise<void> {
  const times = comparison.times.flatMap(({ name, runs, interval, margin }) =>
    runs === null || interval === null || margin === null
      ? []
      : [{ name, differences: differencesOf(runs), interval, margin }],
  );
  if (report === undefined || times.length === 0) {
    throw new RehearsalError('usage', 'no noise was recorded: too few pairs were valid');
  }
  const noise = recordNoise(times, {
    fingerprint: report.fingerprint,
    recordedAt: new Date().toISOString(),
    pairs: comparison.runs.base,
  });
  const path = await writeNoise(noise, file);
  const colors = wantsColors(process.stderr);
  process.stderr.write(
    `\n${renderNoise(noise, comparison, { colors })}\n\nNoise record: ${path}\n`,
  );
}
