import { Command } from 'commander';
import { pino } from 'pino';

import { generatePath } from '../../gateway/app.ts';
import { startGateway } from '../../gateway/server.ts';
import { serveProcess } from '../serve-process.ts';
import { explainBindError } from '../usage-error.ts';
import { hostOption, portOption } from './options.ts';

interface GatewayFlags {
  host: string;
  port: number;
  agent: string;
  wireFaults?: boolean;
}

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('Start the gateway alone (SSE), before any agent that speaks the specified gRPC.')
    .option('--agent <host:port>', 'where the agent listens', '127.0.0.1:50051')
    .addOption(portOption())
    .addOption(hostOption())
    .option('--wire-faults', 'carry out the faults of the wire that the agent asks for')
    .action(async ({ host, port, agent, wireFaults = false }: GatewayFlags) => {
      const gateway = await startGateway(
        { host, port, agentAddress: agent, wireFaults },
        pino(pino.destination(2)),
      ).catch((error: unknown) => {
        throw explainBindError(error, host, port, '--port');
      });
      const served = { address: gateway.url, close: gateway.close, stats: () => null };
      serveProcess(served, () => {
        process.stdout.write(`gateway   ${gateway.url}${generatePath}\nagent     ${agent}\n`);
      });
    });
}
