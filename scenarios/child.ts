/** The entry of a child process: waits for the start message, then serves until the parent ends it. */
import {
  addressOfAgent,
  answerParent,
  leaveSignalsToParent,
  onStart,
  type Served,
} from './processes/answer-parent.ts';
import type { StartMessage } from './processes/start-message.ts';
import { exitCodes } from './console/exit-codes.ts';
import { isShortage } from './console/shortage.ts';
import { reportError } from './report-error.ts';

leaveSignalsToParent();

onStart((message) => void serve(message));

async function serve(message: StartMessage): Promise<void> {
  try {
    answerParent(await start(message));
  } catch (error) {
    // The parent prints a shortage once for all its children.
    process.exit(isShortage(error) ? exitCodes.noFileDescriptor : reportError(error));
  }
}

async function start(message: StartMessage): Promise<Served> {
  if (message.role === 'agent') {
    const { startAgentProcess } = await import('./serve/agent-process.ts');
    return startAgentProcess(message.options, 'debug');
  }
  // At once: the address may come before the modules are loaded.
  const agentAddress = message.agentFollows ? addressOfAgent() : undefined;
  const { startGatewayProcess } = await import('./serve/gateway-process.ts');
  return startGatewayProcess(message.options, agentAddress);
}
