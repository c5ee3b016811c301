import type { Logger } from 'pino';
import type { z } from 'zod';

import { acceptMore } from './connections/accept-bursts.ts';
import { readAgentAccess } from './agent/agent-access.ts';
import { createAgentClient } from './agent/agent-client.ts';
import { loadAgentInterface, specifiedInterface } from './agent/agent-interface.ts';
import { createAgentHealth } from './agent/agent-health.ts';
import { createApp } from './http/app.ts';
import { createAuthenticator } from './auth.ts';
import { goneKindOf } from './client-gone.ts';
import { GatewayError } from './errors.ts';
import { createGenerations } from './generations.ts';
import type { GatewayHooks } from './hooks.ts';
import { createHttpServer } from './connections/http-server.ts';
import { readOwnTls } from './connections/own-tls.ts';
import type { GatewayMetrics } from './monitor/metrics.ts';
import { createMonitor } from './monitor/monitor.ts';
import { combineObservers } from './observer.ts';
import { gatewayOptionsSchema } from './options.ts';
import { acceptWebSockets } from './websocket/websocket.ts';
import { hostAndPort, listenOn } from '../proto/listen.ts';
import { waitUntil } from '../proto/wait-until.ts';

export interface Gateway {
  /** Such as `http://127.0.0.1:8080`, without a path; with https where it has a certificate. */
  url: string;
  /** Counts streams that are open or starting. */
  openStreams(): number;
  /** Returns its metrics since the start. */
  metrics(): Promise<GatewayMetrics>;
  /**
   * Refuses new requests, and is not ready, while the open streams go on. Resolves when the last one has
   * ended, after `limitMs`, or when the signal aborts; then `close` is due.
   */
  drain(limitMs: number, signal: AbortSignal): Promise<void>;
  /** Ends every stream with an error, lets clients read it, and stops listening. */
  close(): Promise<void>;
}

/** When a client may retry that a draining gateway has refused; by then a balancer has left it out. */
const drainRetryAfterSec = 1;

/**
 * Starts the gateway: SSE to clients (A to D), gRPC to the agent.
 * @throws ZodError if an option is not valid
 * @throws ContractError if the agent's interface, a certificate or a key cannot be used
 * @throws the system's Error if the address cannot be bound, with a `code` such as `EADDRINUSE`
 */
export async function startGateway(
  input: z.input<typeof gatewayOptionsSchema>,
  log: Logger,
  hooks: GatewayHooks = {},
): Promise<Gateway> {
  const options = gatewayOptionsSchema.parse(input);
  const agentInterface =
    options.agentProto === undefined ? specifiedInterface : loadAgentInterface(options.agentProto);
  const access = readAgentAccess(options, ({ message }) =>
    log.warn(`${message}; the certificates before it stay in use`),
  );
  const tls = readOwnTls(options, log);
  const agent = createAgentClient(options.agentAddress, agentInterface, { access });
  const monitor = createMonitor(log, options.version, hooks.labels);
  const observers = combineObservers([monitor, ...(hooks.observers ?? [])]);
  const generations = createGenerations(agent, options, log, hooks.prepare);
  const authenticate = createAuthenticator(options.auth);
  const health = createAgentHealth(options.agentAddress, agentInterface.path, access);
  const app = createApp(generations, authenticate, health, monitor, observers, options, log, hooks);
  app.on('error', (error: NodeJS.ErrnoException) => {
    // Clients that disconnect or stop reading are normal.
    const isNormal =
      error.code === 'ECONNRESET' || error.code === 'EPIPE' || goneKindOf(error) !== undefined;
    log[isNormal ? 'debug' : 'error']({ err: error }, 'a response failed');
  });
  const http = createHttpServer(app.callback(), options, observers.refused, tls);
  const { server } = http;
  const webSockets = acceptWebSockets(server, generations, authenticate, observers, options, log);
  const port = await listenOn(server, options.host, options.port);
  const closeHandles = acceptMore(server, options.acceptsPerTurn - 1);

  // Otherwise the first stream would wait until gRPC is loaded and connected.
  const connectAhead = async () => {
    const problem = await health.check();
    // Not if the agent is unavailable: the channel would be in backoff when the agent starts.
    if (problem === undefined && generations.closing() === undefined) agent.connect();
  };
  void connectAhead();

  const hasNoStream = () => generations.count() === 0;

  return {
    url: `${tls === undefined ? 'http' : 'https'}://${hostAndPort(options.host, port)}`,
    openStreams: generations.count,
    metrics: monitor.tell,
    async drain(limitMs, signal) {
      log.info({ openStreams: generations.count(), limitMs }, 'draining');
      generations.refuse(
        new GatewayError('SHUTTING_DOWN', 'the gateway is draining', {
          retryAfterSec: drainRetryAfterSec,
        }),
      );
      http.drain();
      await waitUntil(() => hasNoStream() || signal.aborted, limitMs);
    },
    async close() {
      generations.failAll(new GatewayError('SHUTTING_DOWN', 'the gateway is shutting down'));
      // Before `server.close()`, which cuts connections whose last event is written but not read.
      await waitUntil(hasNoStream, options.closeGraceMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const handlesClosed = closeHandles();
      http.closeConnections();
      webSockets.close();
      await closed;
      await handlesClosed;
      agent.close();
      health.close();
      monitor.close();
    },
  };
}
