import { once } from 'node:events';
import { request } from 'node:http';

import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { pino } from 'pino';

import { generatePath } from '../../proto/interface.ts';
import { startGateway } from '../../gateway/server.ts';
import {
  agentServiceDefinition,
  type GenerateRequest,
  type OutgoingChunk,
} from '../../proto/agent-service.ts';

/** Much longer than the warm-up takes; on a busy machine it is cut short. */
const limitMs = 1000;

/**
 * Sends streams through a temporary gateway on a free loopback port, with a minimal agent, so that this
 * process has loaded and compiled the code of its first stream. The gateway that starts afterwards shares
 * no metrics, journal or log with it.
 */
export async function warmGateway(): Promise<void> {
  const agent = await startMinimalAgent();
  const gateway = await startGateway(
    { port: 0, agentAddress: agent.address, pushIntervalMs: 0 },
    pino({ level: 'silent' }),
  );
  const url = `${gateway.url}${generatePath}`;
  const signal = AbortSignal.timeout(limitMs);
  try {
    // More streams would only delay the start.
    await Promise.all([readStream(url, 'GET', signal), readStream(url, 'POST', signal)]);
  } catch {
    // Without the warm-up the first streams are only slower.
  } finally {
    await gateway.close();
    agent.close();
  }
}

async function readStream(url: string, method: 'GET' | 'POST', signal: AbortSignal): Promise<void> {
  const sent = request(method === 'GET' ? `${url}?prompt=hello` : url, {
    method,
    agent: false,
    headers: method === 'GET' ? {} : { 'Content-Type': 'application/json' },
    signal,
  });
  sent.end(method === 'GET' ? '' : JSON.stringify({ prompt: 'hello' }));
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
}

async function startMinimalAgent(): Promise<{ address: string; close(): void }> {
  const server = new Server();
  server.addService(agentServiceDefinition, {
    generateTextStream(call: ServerWritableStream<GenerateRequest, OutgoingChunk>) {
      for (let word = 0; word < 20; word += 1) call.write({ delta: 'word ' });
      call.write({ delta: '', isFinal: true });
      call.end();
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}
