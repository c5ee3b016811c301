import type { Logger } from 'pino';
import type { z } from 'zod';

import { acceptMore } from './http/accept-bursts.ts';
import { createAgentClient } from './agent/agent-client.ts';
import { loadAgentInterface, specifiedInterface } from './agent/agent-interface.ts';
import { createAgentHealth } from './agent/agent-health.ts';
import { createApp } from './http/app.ts';
import { createAuthenticator } from './auth.ts';
import { ClientGone } from './client-gone.ts';
import { GatewayError } from './errors.ts';
import { createGenerations } from './generations.ts';
import type { GatewayHooks } from './hooks.ts';
import { createHttpServer } from './http/http-server.ts';
import type { GatewayMetrics } from './monitor/metrics.ts';
import { createMonitor } from './monitor/monitor.ts';
import { combineObservers } from './observer.ts';
import { gatewayOptionsSchema } from './options.ts';
import { acceptWebSockets } from './websocket/websocket.ts';
import { hostAndPort, listenOn } from '../proto/listen.ts';
import { performance, setTimeout } from '../proto/timers.ts';

export interface Gateway {
  /** Such as `http://127.0.0.1:8080`, without a path. */
  url: string;
  /** How many streams are open or about to be. */
  openStreams(): number;
  /** What it has counted since its start. */
  metrics(): Promise<GatewayMetrics>;
  /** Tells every stream, lets clients read that, and stops listening. */
  close(): Promise<void>;
}

/** How soon a closing gateway notices that its last stream is over. */
const closePollMs = 10;

/**
 * Starts the gateway: SSE towards clients (specification A to D), gRPC towards the agent.
 * @throws ZodError for an option that is not valid.
 * @throws AgentProtoError for an agent's interface that cannot be used.
 * @throws Error where the address cannot be bound; its `code` is the system's, such as `EADDRINUSE`.
 */
export async function startGateway(
  input: z.input<typeof gatewayOptionsSchema>,
  log: Logger,
  hooks: GatewayHooks = {},
): Promise<Gateway> {
  const options = gatewayOptionsSchema.parse(input);
  const agentInterface =
    options.agentProto === undefined ? specifiedInterface : loadAgentInterface(options.agentProto);
  const agent = createAgentClient(options.agentAddress, agentInterface);
  const monitor = createMonitor(log, options.version, hooks.labels);
  const observers = combineObservers([monitor, ...(hooks.observers ?? [])]);
  const generations = createGenerations(agent, options, log, hooks.prepare);
  const authenticate = createAuthenticator(options.auth);
  const health = createAgentHealth(options.agentAddress, agentInterface.path);
  const app = createApp(generations, authenticate, health, monitor, observers, options, log, hooks);
  app.on('error', (error: NodeJS.ErrnoException) => {
    // A client that broke its connection, or let it lie, is everyday life.
    const everyday =
      error.code === 'ECONNRESET' || error.code === 'EPIPE' || error instanceof ClientGone;
    log[everyday ? 'debug' : 'error']({ err: error }, 'a response failed');
  });
  const server = createHttpServer(app.callback(), options, observers.refused);
  const webSockets = acceptWebSockets(server, generations, authenticate, observers, options, log);
  const port = await listenOn(server, options.host, options.port);
  const closeDoors = acceptMore(server, options.acceptsPerTurn - 1);

  // The first stream would be late by what it takes to load whatever speaks gRPC, and to connect.
  const connectAhead = async () => {
    const problem = await health.check();
    // Not to an agent that is not there: once it is, the first call would meet a channel that waits.
    if (problem === undefined && generations.closing() === undefined) agent.connect();
  };
  void connectAhead();

  return {
    url: `http://${hostAndPort(options.host, port)}`,
    openStreams: generations.count,
    metrics: monitor.tell,
    async close() {
      generations.failAll(new GatewayError('SHUTTING_DOWN', 'the gateway is shutting down'));
      // Not yet `server.close()`: that cuts a connection whose last event was written but not read.
      const endMs = performance.now() + options.closeGraceMs;
      while (generations.count() > 0 && performance.now() < endMs) {
        await new Promise<void>((resolve) => setTimeout(() => resolve(), closePollMs));
      }
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const doorsClosed = closeDoors();
      server.closeAllConnections();
      webSockets.close();
      await closed;
      await doorsClosed;
      agent.close();
      health.close();
      monitor.close();
    },
  };
}
