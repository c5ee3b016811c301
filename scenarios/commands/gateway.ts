import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Logger } from 'pino';

import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import { AgentProtoError, type AgentProto } from '../../gateway/agent/agent-interface.ts';
import { generatePath } from '../../proto/interface.ts';
import type { GatewayHooks } from '../../gateway/hooks.ts';
import { createJournal } from '../control/journal.ts';
import { startGateway, type Gateway } from '../../gateway/server.ts';
import { isControlPath } from '../control/control-path.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import type { LogLevel } from '../console/log-levels.ts';
import { createLog } from '../console/log.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { warnWithoutDescriptors } from '../processes/open-files.ts';
import { labelStream } from '../processes/label-stream.ts';
import { createSendTimesRecord } from '../processes/send-times.ts';
import { createPlayground } from '../control/playground-routes.ts';
import { describeProblems } from '../file/problems.ts';
import { createRehearsalState } from '../control/next-requests.ts';
import { addressOfAgent, serveProcess } from '../processes/serve-process.ts';
import { toolVersion } from '../console/tool-version.ts';
import { explainBindError } from '../console/bind-error.ts';
import { warmGateway } from '../processes/warm-gateway.ts';
import { shareMetrics, shareOf, startWorkers, workerNumber } from '../processes/workers.ts';
import { readAgentAddress } from './agent-address.ts';
import { authOption, readAuth, type AuthFlag } from './auth-option.ts';
import {
  bareOption,
  hostOption,
  logLevelOption,
  maxStreamsOption,
  noWatchOption,
  portOption,
  retryOption,
  workersOption,
} from './options.ts';

interface GatewayFlags {
  host: string;
  port: number;
  agent: string;
  auth?: AuthFlag;
  maxStreams: number;
  logLevel: LogLevel;
  bare?: boolean;
  /** In milliseconds. */
  retry?: number;
  wireFaults?: boolean;
  /** Whether the process that starts it says where the agent is, once that listens. */
  agentFollows?: boolean;
  /** The scenarios of the agent behind it, whose stack it is started for. */
  control?: string[];
  controlSeed?: number;
  workers: number;
  watch: boolean;
  proto?: string;
  protoPath?: string[];
  service?: string;
  fields?: AgentProto['fields'];
}

/** With more of them, what a burst of requests waits to be taken hardly gets any less. */
const acceptsPerTurn = 8;

export function gatewayCommand(command: Command): Command {
  return command
    .option('--agent <host:port>', 'where the agent listens', '127.0.0.1:50051')
    .addOption(portOption())
    .addOption(hostOption())
    .addOption(authOption())
    .addOption(maxStreamsOption())
    .addOption(workersOption())
    .addOption(logLevelOption())
    .addOption(bareOption())
    .addOption(retryOption())
    .option('--proto <file>', "the agent's own .proto, where its interface is another one")
    .option('--proto-path <folder...>', 'where the imports of --proto start; may be given again')
    .option('--service <name>', 'its package.Service, or package.Service/Method')
    .option(
      '--fields <list>',
      'its fields for prompt, model, delta, is_final, error: prompt=input.text,delta=token',
      parseFields,
    )
    .option('--wire-faults', 'carry out the faults of the wire that the agent asks for')
    .addOption(new Option('--agent-follows').hideHelp())
    .addOption(new Option('--control <scenario...>').hideHelp())
    .addOption(new Option('--control-seed <number>').argParser(Number).hideHelp())
    .addOption(noWatchOption().hideHelp())
    .action(async (flags: GatewayFlags) => {
      const { host, port, logLevel, wireFaults = false, workers } = flags;
      const agent = readAgentAddress(flags.agent);
      const maxStreams = shareOf(flags.maxStreams, workers);
      const announce = (url: string) => {
        process.stdout.write(`gateway   ${url}${generatePath}\nagent     ${maskAddress(agent)}\n`);
      };
      if (workers > 1 && workerNumber() === undefined) {
        await serveWithWorkers(workers, announce);
        return;
      }
      const auth = readAuth(flags.auth);
      const agentProto = agentProtoOf(flags);
      const log = createLog('gateway', logLevel);
      const hooks = await hooksOf(flags, log);
      await warmGateway();
      const agentAddress = flags.agentFollows === true ? await addressOfAgent() : agent;
      const sendTimes = createSendTimesRecord();
      warnWithoutDescriptors(log);
      const gateway: Gateway = await startGateway(
        {
          host,
          port,
          // Several workers share what waits anyway.
          acceptsPerTurn: workers > 1 ? 1 : acceptsPerTurn,
          agentAddress,
          agentProto,
          auth,
          maxStreams,
          eventIds: flags.bare !== true,
          retryMs: flags.retry ?? null,
          wireFaults,
          version: toolVersion(),
        },
        log,
        {
          ...hooks,
          observers: [...(hooks.observers ?? []), sendTimes.observer],
          labels: labelStream,
          worker: workerOf(workers, () => gateway.metrics()),
        },
      ).catch((error: unknown) => {
        if (error instanceof AgentProtoError) throw new RehearsalError('usage', error.message);
        throw explainBindError(error, host, port, '--port');
      });
      const { url: address, close } = gateway;
      const served = { address, close, stats: () => null, sendTimes };
      serveProcess(served, () => announce(gateway.url));
    });
}

/** Serves by processes of their own, and ends when one of them does. */
async function serveWithWorkers(count: number, announce: (url: string) => void): Promise<void> {
  const interrupted = interruption((exitCode) => interruptedError('nothing was started', exitCode));
  const { address, failed, close } = await startWorkers(count, interrupted.signal, (_, message) =>
    process.stderr.write(`rehearsal: ${message}\n`),
  ).finally(interrupted.over);
  serveProcess({ address, close, stats: () => null, sendTimes: null }, () => announce(address));
  const how = await failed;
  process.stderr.write(`rehearsal: ${how}; stopping\n`);
  await close();
  process.exit(exitCodes.usage);
}

/** What this process is to the others that are the same gateway; undefined where it is the only one. */
function workerOf(count: number, own: Gateway['metrics']): GatewayHooks['worker'] {
  const number = workerNumber();
  if (number === undefined) return undefined;
  return { name: `${number} of ${count}`, expose: shareMetrics(own) };
}

/**
 * The control interface and the journal, where `serve` starts this gateway. The interface and the scenarios
 * are loaded with the first request for it: what they take is a fifth of a start.
 */
async function hooksOf(
  { control, controlSeed, host, watch }: GatewayFlags,
  log: Logger,
): Promise<GatewayHooks> {
  if (control === undefined) return {};
  const state = createRehearsalState();
  const journal = createJournal();
  const load = async () => {
    const [{ createControl }, { rereadScenarios }] = await Promise.all([
      import('../control/control-routes.ts'),
      import('../file/find-scenario.ts'),
    ]);
    const scenarios = await rereadScenarios(control, watch);
    return createControl({ state, journal, scenarios, seed: controlSeed }, host, log);
  };
  let controlled: ReturnType<typeof load> | undefined;
  // Their files may be others by then.
  if (!watch) await (controlled = load());
  const playground = createPlayground();
  const middleware: GatewayHooks['middleware'] = async (context, next) => {
    if (!isControlPath(context.req.url ?? '/')) return playground(context, next);
    try {
      return await (
        await (controlled ??= load())
      )(context, next);
    } catch (error) {
      if (!isRehearsalError(error, 'scenario')) throw error;
      // The files are read again with the next request.
      controlled = undefined;
      context.status = 500;
      context.body = { error: describeProblems(error.problems).join('; ') };
    }
  };
  return { middleware, prepare: state.prepare, observers: [journal.observer] };
}

/** @throws RehearsalError (usage) where only a part of it is given. */
function agentProtoOf({ proto, protoPath, service, fields }: GatewayFlags): AgentProto | undefined {
  if ([proto, protoPath, service, fields].every((flag) => flag === undefined)) return undefined;
  if (proto === undefined || service === undefined) {
    throw new RehearsalError(
      'usage',
      'another interface needs both: --proto FILE and --service package.Service',
    );
  }
  return { file: proto, includeDirs: protoPath ?? [], service, fields: fields ?? {} };
}

function parseFields(list: string): AgentProto['fields'] {
  const names = ['prompt', 'model', 'delta', 'is_final', 'error'];
  const pairs = list.split(',').map((pair) => pair.split('='));
  const wrong = pairs.find(([name = '', path = '', ...more]) => {
    return !names.includes(name) || path === '' || more.length > 0;
  });
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      `"${wrong.join('=')}" is none; write name=field with a name of ${names.join(', ')}.`,
    );
  }
  return Object.fromEntries(pairs);
}
