import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Logger } from 'pino';
import type { z } from 'zod';

import { createAgentClient } from './agent-client.ts';
import { loadAgentInterface, specifiedInterface } from './agent-interface.ts';
import { createApp } from './app.ts';
import { errorBody, GatewayError } from './errors.ts';
import { createGenerateRoute } from './generate-route.ts';
import { gatewayOptionsSchema } from './options.ts';

export interface Gateway {
  /** Such as `http://127.0.0.1:8080`, without a path. */
  url: string;
  /** How many streams are open or about to be. */
  openStreams(): number;
  /** Tells every stream, lets clients read that, and stops listening. */
  close(): Promise<void>;
}

/** How soon a closing gateway notices that its last stream is over. */
const closePollMs = 10;

/** How long a client may take to close its side after a request that was no HTTP. */
const badHttpGraceMs = 1000;

/**
 * Starts the gateway: SSE towards clients (specification A to D), gRPC towards the agent.
 * @throws ZodError for an option that is not valid.
 * @throws AgentProtoError for an agent's interface that cannot be used.
 * @throws Error where the address cannot be bound; its `code` is the system's, such as `EADDRINUSE`.
 */
export async function startGateway(
  input: z.input<typeof gatewayOptionsSchema>,
  log: Logger,
): Promise<Gateway> {
  const options = gatewayOptionsSchema.parse(input);
  const agent = createAgentClient(
    options.agentAddress,
    options.agentProto === undefined ? specifiedInterface : loadAgentInterface(options.agentProto),
  );
  const route = createGenerateRoute(agent, options);
  const app = createApp(route, options, log);
  app.on('error', (error: NodeJS.ErrnoException) => {
    // A client that broke its connection is everyday life.
    const level = error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'debug' : 'error';
    log[level]({ err: error }, 'a response failed');
  });
  // Koa answers for everything, also for what Node would answer by itself without JSON and CORS.
  const server = createServer({ requireHostHeader: false }, app.callback());
  answerBadHttp(server);
  const port = await listen(server, options.host, options.port);
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;

  return {
    url: `http://${host}:${port}`,
    openStreams: route.count,
    async close() {
      route.failAll(new GatewayError('SHUTTING_DOWN', 'the gateway is shutting down'));
      // Not yet `server.close()`: that cuts a connection whose last event was written but not read.
      const endMs = performance.now() + options.closeGraceMs;
      while (route.count() > 0 && performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, closePollMs));
      }
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      agent.close();
    },
  };
}

const badHttp: Readonly<Record<string, readonly [status: string, details: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'request: its URL and headers must not exceed 16 KiB together',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request: it did not arrive in time'],
};

const noHttp = [
  '400 Bad Request',
  'request: is not valid HTTP; characters beyond ASCII have to be percent-encoded in a URL',
] as const;

/** A request that is no HTTP never reaches Koa: without this its sender would learn nothing. */
function answerBadHttp(server: Server): void {
  const answering = new WeakMap<Duplex, number>();
  const count = (socket: Duplex, by: number) =>
    answering.set(socket, (answering.get(socket) ?? 0) + by);
  server.on('connection', (socket) => {
    // One for each request that is pipelined on it, and that is for the client to say.
    socket.setMaxListeners(0);
  });
  server.on('request', ({ socket }, response) => {
    count(socket, 1);
    response.once('close', () => count(socket, -1));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Into an answer that is under way nothing may be written, and a broken connection takes nothing.
    if ((answering.get(socket) ?? 0) > 0 || error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [status, details] = badHttp[error.code ?? ''] ?? noHttp;
    const body = JSON.stringify(errorBody(new GatewayError('INVALID_REQUEST', details)));
    socket.end(
      [
        `HTTP/1.1 ${status}`,
        'Content-Type: application/json; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Access-Control-Allow-Origin: *',
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
    setTimeout(() => socket.destroy(), badHttpGraceMs).unref();
  });
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
      else resolve(address.port);
    });
  });
}
