import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Logger } from 'pino';
import type { z } from 'zod';

import { createAgentClient } from './agent-client.ts';
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

/** How soon a closing gateway lets go of a connection on which nothing is under way any more. */
const idleSweepMs = 20;

/**
 * Starts the gateway: SSE towards clients (specification A to D), gRPC towards the agent.
 * @throws ZodError for an option that is not valid.
 * @throws Error where the address cannot be bound; its `code` is the system's, such as `EADDRINUSE`.
 */
export async function startGateway(
  input: z.input<typeof gatewayOptionsSchema>,
  log: Logger,
): Promise<Gateway> {
  const options = gatewayOptionsSchema.parse(input);
  const agent = createAgentClient(options.agentAddress);
  const route = createGenerateRoute(agent, options);
  const app = createApp(route, options, log);
  app.on('error', (error) => log.error({ err: error }, 'a response failed'));
  const server = createServer(app.callback());
  server.on('clientError', answerBadHttp);
  const port = await listen(server, options.host, options.port);
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;

  return {
    url: `http://${host}:${port}`,
    openStreams: route.count,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      route.failAll(new GatewayError('SHUTTING_DOWN', 'the gateway is shutting down'));
      const force = setTimeout(() => server.closeAllConnections(), options.closeGraceMs);
      // A connection is kept alive after its last answer, also after one that came while closing.
      const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs);
      await closed;
      clearTimeout(force);
      clearInterval(sweep);
      agent.close();
    },
  };
}

/** A request that is no HTTP never reaches Koa: without this its sender would learn nothing. */
function answerBadHttp(error: NodeJS.ErrnoException, socket: Duplex): void {
  // A connection that broke is nobody's request any more.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(
    errorBody(
      new GatewayError(
        'INVALID_REQUEST',
        'request: is not valid HTTP; characters beyond ASCII have to be percent-encoded in a URL',
      ),
    ),
  );
  socket.end(
    [
      'HTTP/1.1 400 Bad Request',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Access-Control-Allow-Origin: *',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
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
