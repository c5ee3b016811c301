import { pino, type Logger } from 'pino';
import { onTestFinished } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import type { GatewayHooks } from '../hooks.ts';
import { startGateway, type Gateway } from '../server.ts';
import { startScriptedAgent, type AgentScript } from './scripted-agent.ts';

/** A gateway, and the URL of its generation interface. */
export interface GatewayUnderTest extends Gateway {
  endpoint: string;
}

type Options = Omit<Parameters<typeof startGateway>[0], 'port' | 'agentAddress'>;

/** Starts a gateway in front of the agent at an address, or of several. */
export async function startGatewayBefore(
  agentAddress: string | string[],
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

/** Starts a scripted agent, and a gateway in front of it. */
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

/** Sends a POST; a string body is sent unchanged, any other value as JSON. */
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

/** A short successful stream of two chunks. */
export const sayHello: AgentScript = (call) => {
  call.write({ delta: 'Hello' });
  call.write({ delta: '!', isFinal: true });
  call.end();
};
