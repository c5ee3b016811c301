import { isAbsolute, relative, sep } from 'node:path';

import { Option, type Command } from 'commander';

import { dialectNames } from '../../proto/dialects/dialect.ts';
import { planAgentCheck } from '../check/agent/plan-agent-check.ts';
import type { CheckOptions } from '../check/check-subject.ts';
import { buildCheckReport, countAnswers, type CheckReport } from '../check/check-report.ts';
import { describeUnknown, readKnownFailures } from '../check/known-failures.ts';
import type { Numbers } from '../check/numbers.ts';
import { planLlmCheck } from '../check/llm/plan-llm-check.ts';
import { planGatewayCheck } from '../check/plan-gateway-check.ts';
import type { PlannedCheck } from '../check/planned-check.ts';
import { checkFiles } from '../check/render/renderings.ts';
import { renderCheck } from '../check/render/terminal.ts';
import { exitCodes, exitCodesHelp } from '../console/exit-codes.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import { packageFolder } from '../console/package-folder.ts';
import { attempt, readAll, refuseAll } from '../console/read-all.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { drawsOver } from '../console/terminal.ts';
import { toolVersion } from '../console/tool-version.ts';
import { agentTlsOptions } from '../flags/agent-tls-flags.ts';
import { agentHostOption, agentPortOption, startOption } from '../flags/middle-options.ts';
import { durationOption, outOption } from '../flags/options.ts';
import { parseText, parseWholeNumber } from '../flags/parse-text.ts';
import { dialectOption, headerOption } from '../flags/run-options.ts';
import { addTrustFlags } from '../flags/trust-flags.ts';
import { prepareFolder, writeFiles } from '../run/write-run.ts';
import {
  listForeignFlags,
  listNumberFlags,
  numbersOf,
  specifiedNumbers,
  type CheckFlags,
} from './check-flags.ts';

const defaultUpstreamPort = 8090;

export function checkCommand(command: Command): Command {
  addTrustFlags(command).argument(
    '[url]',
    'the gateway; without a path, the specified one. With --start, {port} stands for a free port, which the command finds in $PORT',
  );
  return addAgentFlags(command)
    .addOption(dialectOption('check a gateway for clients of this format'))
    .addOption(
      new Option(
        '--upstream-dialect <name>',
        'the gateway calls a model in this format, for which we stand in, and not our agent',
      ).choices(dialectNames),
    )
    .addOption(
      new Option(
        '--upstream-port <number>',
        `port of the model that the gateway calls (default: ${defaultUpstreamPort})`,
      ).argParser((text) => parseWholeNumber(text, 0, 65_535)),
    )
    .addOption(agentPortOption('port of our agent, which the gateway calls').default(50_051))
    .addOption(agentHostOption())
    .addOption(
      startOption(
        'shell command that starts what is checked; a gateway finds the address of our agent in $AGENT, or the URL of the model in $UPSTREAM. It is ended afterwards',
      ),
    )
    .addOption(headerOption())
    .addOption(idsOption('--only', 'check these clauses'))
    .addOption(idsOption('--skip', 'check all but these clauses'))
    .addOption(
      new Option('--known <file>', 'known failures: a list of clauses').argParser(parseText),
    )
    .option('--strict', 'fail also where a Reading is not kept')
    .addOption(
      numberOption('--push-interval', 'the least time between two messages', 'pushIntervalMs'),
    )
    .addOption(numberOption('--ping-interval', 'the time between two pings', 'pingIntervalMs'))
    .addOption(numberOption('--stream-limit', 'the longest a stream may last', 'streamLimitMs'))
    .addOption(outOption('folder', `write ${Object.keys(checkFiles).join(', ')} there`))
    .option('--json', 'print check.json, for programs')
    .addHelpText(
      'after',
      `
A gateway stands between our agent, which plays what each clause needs, and our client. The numbers are
those of the specification; a gateway that was started with shorter ones is checked faster. An agent is called
without a gateway and through ours; it gets about a hundred prompts. With --dialect a gateway for LLM clients is
checked, by clauses of its own (docs/clauses/llm.md).

${exitCodesHelp({
  success: 'no clause is broken, but for known ones',
  failure: 'a clause is broken',
  usage: 'wrong usage, or a gateway or an agent that cannot be reached',
  invalid: 'a clause cannot be judged',
  interrupted: 'interrupted',
})}`,
    )
    .action(runCheck);
}

function addAgentFlags(command: Command): Command {
  command
    .addOption(
      new Option(
        '--agent <host:port>',
        'check an agent instead, by itself and below our gateway; with --start, {port} stands for a free port',
      ).argParser(parseText),
    )
    .addOption(
      new Option(
        '--failing-prompt <text>',
        'a prompt that makes the agent fail (C1, C2)',
      ).argParser(parseText),
    )
    .addOption(
      new Option(
        '--failing-text <text>',
        'all text that the agent generates before it fails (C2)',
      ).argParser(parseText),
    );
  for (const option of agentTlsOptions()) command.addOption(option);
  return command;
}

async function runCheck(url: string | undefined, flags: CheckFlags): Promise<void> {
  const { only, skip, known: knownFile, out, json = false } = flags;
  const planned = plan(url, flags);
  const ids = planned.clauses.map(({ id }) => id);
  const [{ run }, , chosen, known] = await readAll([
    planned.read(),
    attempt(() => refuseAll(listForeignFlags(flags))),
    attempt(() => readChosen({ only, skip }, ids)),
    knownFile === undefined ? new Set<string>() : readKnownFailures(knownFile, ids),
  ]);
  const folder = out === undefined ? undefined : await prepareFolder(out);
  const interrupted = interruption((exitCode) => interruptedError('nothing was written', exitCode));
  const startedAt = new Date();
  const { numbers, probes, command } = planned;
  let report: CheckReport;
  try {
    const { subject, insecure, results } = await run({
      numbers,
      chosen,
      onProgress: progressShower(),
      onEnded: (message) => process.stderr.write(`${message}\n`),
      signal: interrupted.signal,
    });
    report = buildCheckReport(results, {
      tool: toolVersion(),
      startedAt,
      durationMs: Date.now() - startedAt.getTime(),
      subject,
      insecure,
      numbers,
      known,
      command: `rehearsal check ${command}`,
      does: (probe) => probes[probe]?.does ?? '',
    });
  } catch (error) {
    await folder?.takeBack();
    throw error;
  } finally {
    interrupted.over();
  }
  if (folder !== undefined) {
    const files = Object.entries(checkFiles).map(([name, render]) => [name, [render(report)]]);
    await writeFiles(folder.path, Object.fromEntries(files));
  }
  process.stdout.write(
    json ? `${JSON.stringify(report, null, 2)}\n` : renderCheck(report, shownFolder()),
  );
  process.exitCode = exitCodeOf(report, flags.strict === true);
}

/**
 * Returns which clauses are checked, by id.
 * @throws RehearsalError (usage) for an id that no clause has, and if no clause is left
 */
function readChosen(
  { only, skip }: Pick<CheckFlags, 'only' | 'skip'>,
  ids: readonly string[],
): (id: string) => boolean {
  refuseAll(
    Object.entries({ only, skip }).flatMap(([flag, given]) =>
      describeUnknown(given, ids).map((message) => `--${flag}: ${message}`),
    ),
  );
  const chosen = (id: string): boolean =>
    (only.length === 0 || only.includes(id)) && !skip.includes(id);
  if (ids.some(chosen)) return chosen;
  throw new RehearsalError('usage', '--only and --skip leave no clause to check');
}

/** @throws RehearsalError (usage) for no subject, and for two */
function plan(url: string | undefined, flags: CheckFlags): PlannedCheck {
  const { agent, start, failingPrompt, failingText } = flags;
  const { agentTls, agentCa, agentCert, agentKey, agentAuthority } = flags;
  const tls = { agentTls, agentCa, agentCert, agentKey, agentAuthority };
  const numbers = numbersOf(flags);
  const numberFlags = listNumberFlags(numbers);
  if (url !== undefined && agent !== undefined) {
    throw new RehearsalError('usage', 'a gateway and --agent cannot be checked together; name one');
  }
  if (agent !== undefined) {
    return planAgentCheck({ agent, tls, start, failingPrompt, failingText, numbers }, numberFlags);
  }
  if (url === undefined) {
    throw new RehearsalError(
      'usage',
      'nothing to check; name the URL of a gateway, or --agent host:port',
    );
  }
  const { host, agentPort, header, ca, insecure } = flags;
  const trust = { ca, insecure };
  const gateway = { url, host, agentPort, start, header, trust, numbers };
  const { upstreamDialect, upstreamPort, dialect = upstreamDialect } = flags;
  if (dialect === undefined) return planGatewayCheck(gateway, numberFlags);
  return planLlmCheck({
    ...gateway,
    dialect,
    upstreamDialect,
    upstreamPort: upstreamPort ?? defaultUpstreamPort,
  });
}

function exitCodeOf(report: CheckReport, strict: boolean): number {
  const counts = countAnswers(report);
  if (counts.broken > 0 || (strict && counts.differs > 0)) return exitCodes.failure;
  return counts['not testable'] > 0 ? exitCodes.invalid : exitCodes.success;
}

/** Returns the folder of the package, from here if it is below. */
function shownFolder(): string {
  const folder = packageFolder();
  const path = relative(process.cwd(), folder);
  if (path.startsWith('..') || isAbsolute(path)) return folder;
  return path === '' ? '' : `${path}${sep}`;
}

const idsOption = (flag: string, description: string) =>
  new Option(`${flag} <clauses>`, `${description}, such as B3,C2-reading; repeatable`)
    .argParser((text: string, before: string[]) => [
      ...before,
      ...text.split(',').map((id) => id.trim()),
    ])
    .default([], 'none');

const numberOption = (flag: string, description: string, name: keyof Numbers) =>
  durationOption(flag, `${description}, as the gateway was started`, specifiedNumbers[name], 1);

/** How often progress is shown without a terminal, where each is a line. */
const progressEveryMs = 15_000;

function progressShower(): NonNullable<CheckOptions['onProgress']> {
  const drawn = drawsOver(process.stderr);
  let shownAtMs = performance.now();
  return ({ running, done, total }) => {
    const line = `${done} of ${total} probes; running: ${running.join(', ')}`;
    if (drawn) {
      process.stderr.write(`\r\u001B[K${done === total ? '' : line}`);
      return;
    }
    if (performance.now() - shownAtMs < progressEveryMs) return;
    shownAtMs = performance.now();
    process.stderr.write(`${line}\n`);
  };
}
