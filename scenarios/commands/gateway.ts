import { Command, InvalidArgumentError } from 'commander';

import { AgentProtoError, type AgentProto } from '../../gateway/agent-interface.ts';
import { generatePath } from '../../gateway/app.ts';
import { startGateway } from '../../gateway/server.ts';
import { createLog, type LogLevel } from '../log.ts';
import { createSendTimesRecord } from '../send-times.ts';
import { serveProcess } from '../serve-process.ts';
import { toolVersion } from '../tool-version.ts';
import { explainBindError, UsageError } from '../usage-error.ts';
import { authOption, readAuth, type AuthFlag } from './auth-option.ts';
import {
  bareOption,
  hostOption,
  logLevelOption,
  maxStreamsOption,
  portOption,
  retryOption,
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
  proto?: string;
  service?: string;
  fields?: AgentProto['fields'];
}

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('Start the gateway alone (SSE), before any agent that speaks the specified gRPC.')
    .option('--agent <host:port>', 'where the agent listens', '127.0.0.1:50051')
    .addOption(portOption())
    .addOption(hostOption())
    .addOption(authOption())
    .addOption(maxStreamsOption())
    .addOption(logLevelOption())
    .addOption(bareOption())
    .addOption(retryOption())
    .option('--proto <file>', "the agent's own .proto, where its interface is another one")
    .option('--service <name>', 'its package.Service, or package.Service/Method')
    .option(
      '--fields <list>',
      'its fields for prompt, model, delta, is_final, error: prompt=input.text,delta=token',
      parseFields,
    )
    .option('--wire-faults', 'carry out the faults of the wire that the agent asks for')
    .action(async (flags: GatewayFlags) => {
      const { host, port, agent, auth, logLevel, maxStreams, wireFaults = false } = flags;
      const sendTimes = createSendTimesRecord();
      const gateway = await startGateway(
        {
          host,
          port,
          agentAddress: agent,
          agentProto: agentProtoOf(flags),
          auth: readAuth(auth),
          maxStreams,
          eventIds: flags.bare !== true,
          retryMs: flags.retry ?? null,
          wireFaults,
          version: toolVersion(),
        },
        createLog('gateway', logLevel),
        { watchStream: sendTimes.open },
      ).catch((error: unknown) => {
        if (error instanceof AgentProtoError) throw new UsageError(error.message);
        throw explainBindError(error, host, port, '--port');
      });
      const { url: address, close } = gateway;
      const served = { address, close, stats: () => null, sendTimes };
      serveProcess(served, () => {
        process.stdout.write(`gateway   ${gateway.url}${generatePath}\nagent     ${agent}\n`);
      });
    });
}

/** @throws UsageError where only a part of it is given. */
function agentProtoOf({ proto, service, fields }: GatewayFlags): AgentProto | undefined {
  if (proto === undefined && service === undefined && fields === undefined) return undefined;
  if (proto === undefined || service === undefined) {
    throw new UsageError(
      'another interface needs both: --proto FILE and --service package.Service',
    );
  }
  return { file: proto, service, fields: fields ?? {} };
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
