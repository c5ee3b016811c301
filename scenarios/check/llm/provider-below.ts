import { pino } from 'pino';

import { startGateway } from '../../../gateway/server.ts';
import { explainBindError } from '../../console/bind-error.ts';

/** A provider of LLM formats below a gateway under test: our own gateway before our agent. */
export interface ProviderBelow {
  /** Without a path. */
  url: string;
  close(): Promise<void>;
}

/**
 * @param agentAddress of the agent that plays the probes
 * @param port 0 for a free one
 * @throws RehearsalError (usage) if the port cannot be bound
 */
export async function startProviderBelow(
  agentAddress: string,
  { host, port }: { host: string; port: number },
): Promise<ProviderBelow> {
  const options = { host, port, agentAddress, wireFaults: true, closeGraceMs: 500 };
  return startGateway(options, pino({ level: 'silent' })).catch((error: unknown) => {
    throw explainBindError(error, host, port, '--upstream-port');
  });
}
