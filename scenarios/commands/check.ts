import { isAbsolute, relative, sep } from 'node:path';

import { Option, type Command } from 'commander';

import { endpointOf, generatePath } from '../../proto/interface.ts';
import { startAgentBelow } from '../check/agent-below.ts';
import { buildCheckReport, countAnswers, type CheckReport } from '../check/check-report.ts';
import { checkGateway } from '../check/check-gateway.ts';
import type { Gateway } from '../check/client-above.ts';
import { clauses } from '../check/clauses/index.ts';
import { readKnownFailures, refuseUnknown } from '../check/known-failures.ts';
import { numbersSchema, type Numbers } from '../check/numbers.ts';
import { listProbes } from '../check/probes.ts';
import { reachGateway } from '../check/reach-gateway.ts';
import { checkFiles } from '../check/render/renderings.ts';
import { renderCheck } from '../check/render/terminal.ts';
import { exitCodes, exitCodesHelp } from '../console/exit-codes.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { packageFolder } from '../console/package-folder.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { drawsOver } from '../console/terminal.ts';
import { toolVersion } from '../console/tool-version.ts';
import { durationOption, insecureOption, outOption, parseText } from '../flags/options.ts';
import {
  agentHostOption,
  agentPortOption,
  defaultAgentHost,
  startGatewayOption,
} from '../flags/middle-options.ts';
import { headerOption } from '../flags/run-options.ts';
import { readHeaders } from '../load/headers.ts';
import {
  startGatewayCommand,
  withSomePort,
  type CommandGateway,
} from '../processes/start-gateway-command.ts';
import { prepareFolder, writeFiles } from '../run/write-run.ts';

interface CheckFlags {
  agentPort: number;
  host: string;
  start?: string;
  header: string[];
  only: string[];
  skip: string[];
  known?: string;
  strict?: boolean;
  /** In milliseconds. */
  pushInterval: number;
  pingInterval: number;
  streamLimit: number;
  out?: string;
  json?: boolean;
  insecure?: boolean;
}

const ids = clauses.map(({ id }) => id);
const defaults = numbersSchema.parse({});

export function checkCommand(command: Command): Command {
  return command
    .argument(
      '<url>',
      'the gateway; without a path, the specified one. With --start, {port} stands for a free port, which the command finds in $PORT',
    )
    .addOption(agentPortOption('port of our agent, which the gateway calls').default(50_051))
    .addOption(agentHostOption())
    .addOption(startGatewayOption())
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
    .addOption(insecureOption())
    .addHelpText(
      'after',
      `
The gateway stands between our agent, which plays what each clause needs, and our client. The numbers are
those of the specification; a gateway that was started with shorter ones is checked faster.

${exitCodesHelp({
  success: 'no clause is broken, but for known ones',
  failure: 'a clause is broken',
  usage: 'wrong usage, or a gateway that cannot be reached',
  invalid: 'a clause cannot be judged',
  interrupted: 'interrupted',
})}`,
    )
    .action(runCheck);
}

async function runCheck(text: string, flags: CheckFlags): Promise<void> {
  const { agentPort: port, host, start, known: knownFile, out, json = false } = flags;
  let url = readUrl(start === undefined ? text : withSomePort(text));
  const numbers: Numbers = {
    pushIntervalMs: flags.pushInterval,
    pingIntervalMs: flags.pingInterval,
    streamLimitMs: flags.streamLimit,
  };
  for (const flag of ['only', 'skip'] as const) {
    refuseUnknown(
      flags[flag],
      ids,
      (message) => new RehearsalError('usage', `--${flag}: ${message}`),
    );
  }
  const known =
    knownFile === undefined ? new Set<string>() : await readKnownFailures(knownFile, ids);
  const headers = { authorization: 'Bearer check', ...readHeaders(flags.header) };
  const folder = out === undefined ? undefined : await prepareFolder(out);
  const probes = listProbes(numbers);
  const interrupted = interruption((exitCode) => interruptedError('nothing was written', exitCode));
  const startedAt = new Date();
  let report: CheckReport;
  const agent = await startAgentBelow(probes, { host, port });
  let server: CommandGateway | undefined;
  try {
    const ended = new AbortController();
    const signal = AbortSignal.any([interrupted.signal, ended.signal]);
    if (start !== undefined) {
      server = await startGatewayCommand(start, text, { agentAddress: agent.address, signal });
      url = readUrl(server.url);
      void server.failed.then((reason) => ended.abort(new RehearsalError('usage', reason)));
    }
    const gateway: Gateway = { url, headers, insecure: flags.insecure === true };
    await reachGateway(probes.story, { gateway, agent, signal });
    const results = await checkGateway({
      gateway,
      agent,
      probes,
      numbers,
      chosen: (id) =>
        (flags.only.length === 0 || flags.only.includes(id)) && !flags.skip.includes(id),
      onProgress: showProgress,
      signal,
    });
    report = buildCheckReport(results, {
      tool: toolVersion(),
      startedAt,
      durationMs: Date.now() - startedAt.getTime(),
      subject: maskAddress(url.href),
      numbers,
      known,
      command: `rehearsal check ${commandOf(text, flags)}`,
      does: (probe) => Object.entries(probes).find(([name]) => name === probe)?.[1].does ?? '',
    });
  } catch (error) {
    await folder?.takeBack();
    throw error;
  } finally {
    interrupted.over();
    await server?.close();
    await agent.close();
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

function exitCodeOf(report: CheckReport, strict: boolean): number {
  const counts = countAnswers(report);
  if (counts.broken > 0 || (strict && counts.differs > 0)) return exitCodes.failure;
  return counts['not testable'] > 0 ? exitCodes.invalid : exitCodes.success;
}

/** @throws RehearsalError (usage) for a text that is not a URL with http or https */
function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RehearsalError(
      'usage',
      `"${maskAddress(text)}" is not a URL with http or https; write the gateway's, such as http://127.0.0.1:8080`,
    );
  }
  return endpointOf(url, generatePath);
}

/** Returns the arguments that repeat a check. */
function commandOf(
  url: string,
  { agentPort, host, start, header, insecure, pushInterval, pingInterval, streamLimit }: CheckFlags,
): string {
  const numbers: [string, number, number][] = [
    ['--push-interval', pushInterval, defaults.pushIntervalMs],
    ['--ping-interval', pingInterval, defaults.pingIntervalMs],
    ['--stream-limit', streamLimit, defaults.streamLimitMs],
  ];
  return [
    maskAddress(url),
    `--agent-port ${agentPort}`,
    ...(host === defaultAgentHost ? [] : [`--host ${host}`]),
    ...(start === undefined ? [] : [`--start ${quoteForShell(start)}`]),
    ...header.map((line) => `--header ${quoteForShell(withoutValue(line))}`),
    ...(insecure === true ? ['--insecure'] : []),
    ...numbers.flatMap(([flag, ms, usual]) => (ms === usual ? [] : [`${flag} ${ms}ms`])),
  ].join(' ');
}

/** Returns the folder of the package, from here if it is below. */
function shownFolder(): string {
  const folder = packageFolder();
  const path = relative(process.cwd(), folder);
  if (path.startsWith('..') || isAbsolute(path)) return folder;
  return path === '' ? '' : `${path}${sep}`;
}

/** Returns a header of the command line without its value, which may be a secret, but with the name of a variable. */
function withoutValue(line: string): string {
  return /^[^:=]*[:=]\s*env:\w+$/.test(line) ? line : `${line.split(/[:=]/)[0] ?? ''}: …`;
}

const quoteForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const idsOption = (flag: string, description: string) =>
  new Option(`${flag} <clauses>`, `${description}, such as B3,C2-reading; repeatable`)
    .argParser((text: string, before: string[]) => [
      ...before,
      ...text.split(',').map((id) => id.trim()),
    ])
    .default([], 'none');

const numberOption = (flag: string, description: string, name: keyof Numbers) =>
  durationOption(flag, `${description}, as the gateway was started`, defaults[name], 1);

function showProgress({
  running,
  done,
  total,
}: {
  running: string[];
  done: number;
  total: number;
}) {
  if (!drawsOver(process.stderr)) return;
  const line = done === total ? '' : `${done} of ${total} probes; running: ${running.join(', ')}`;
  process.stderr.write(`\r\u001B[K${line}`);
}
