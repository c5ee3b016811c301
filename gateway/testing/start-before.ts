import { pino, type Logger } from 'pino';
import { onTestFinished } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import type { GatewayHooks } from '../hooks.ts';
import { startGateway, type Gateway } from '../server.ts';
import { startScriptedAgent, type AgentScript } from './scripted-agent.ts';

/** A gateway and the address of its one interface. */
export interface GatewayUnderTest extends Gateway {
  endpoint: string;
}

type Options = Omit<Parameters<typeof startGateway>[0], 'port' | 'agentAddress'>;

/** Starts a gateway before whatever agent there is at an address. */
export async function startGatewayBefore(
  agentAddress: string,
  options: Options = {},
  log: Logger = pino({ level: 'silent' }),
  hooks: GatewayHooks = {},
): Promise<GatewayUnderTest> {
  const gateway = await startGateway(
    { port: 0, agentAddress, closeGraceMs: 500, ...options },
    log,
    hooks,
  );
  onTestFinished(() => gateway.close());
  return { ...gateway, endpoint: gateway.url + generatePath };
}

/** Starts an agent that does what the script says, and a gateway before it. */
export async function startBefore(
  script: AgentScript,
  options: Options = {},
  log?: Logger,
  hooks?: GatewayHooks,
): Promise<GatewayUnderTest> {
  const agent = await startScriptedAgent(script);
  onTestFinished(agent.close);
  return startGatewayBefore(agent.address, options, log, hooks);
}

/** A request as a client sends it: any value as its JSON, a string as it is. */
export function post(
  endpoint: string,
  body: unknown = { prompt: 'hello' },
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The shortest good stream: two chunks. */
export const sayHello: AgentScript = (call) => {
  call.write({ delta: 'Hello' });
  call.write({ delta: '!', isFinal: true });
  call.end();
};
