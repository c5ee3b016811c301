import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { Counter, Gauge, Registry } from 'prom-client';

import { callEnds } from './grpc/call-end.ts';
import { hostAndPort, listenOn } from '../proto/listen.ts';
import type { MockAgentStats } from './server.ts';

/** Serves the metrics of an agent to Prometheus. */
export interface MetricsServer {
  /** Such as `http://127.0.0.1:9464/metrics`. */
  url: string;
  close(): Promise<void>;
}

const path = '/metrics';

/** How long a client may take to send its request. */
const requestLimitMs = 5000;

/**
 * Serves `GET /metrics`.
 * @param stats read at each scrape
 * @param port 0 for a free one
 * @throws Error of the system where the address cannot be bound
 */
export async function serveMetrics(
  stats: () => MockAgentStats,
  host: string,
  port: number,
): Promise<MetricsServer> {
  const registry = createRegistry(stats);
  const limits = { headersTimeout: requestLimitMs, requestTimeout: requestLimitMs };
  const server = createServer(limits, (request, response) => {
    void answer(registry, request, response);
  });
  const boundPort = await listenOn(server, host, port);
  return {
    url: `http://${hostAndPort(host, boundPort)}${path}`,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function answer(
  registry: Registry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const isFound = request.method === 'GET' && request.url?.split('?', 1)[0] === path;
  const text = isFound ? await registry.metrics() : `there is only GET ${path} here\n`;
  const type = isFound ? registry.contentType : 'text/plain; charset=utf-8';
  response.writeHead(isFound ? 200 : 404, { 'Content-Type': type });
  response.end(text);
}

const name = (rest: string) => `rehearsal_agent_${rest}`;

/** Returns the metrics of an agent; times in seconds. */
function createRegistry(stats: () => MockAgentStats): Registry {
  const registry = new Registry();
  const registers = [registry];

  const total = (rest: string, help: string, read: (now: MockAgentStats) => number) =>
    new Counter({
      name: name(rest),
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(stats()));
      },
    });
  const gauge = (rest: string, help: string, read: (now: MockAgentStats) => number) =>
    new Gauge({
      name: name(rest),
      help,
      registers,
      collect() {
        this.set(read(stats()));
      },
    });

  total('streams_started_total', 'Streams whose plan began to play.', (now) => now.streamsStarted);
  const ended = new Counter({
    name: name('calls_ended_total'),
    help: `Calls that are over, by the cause of their end: ${callEnds.join(', ')}.`,
    labelNames: ['cause'],
    registers,
    collect() {
      ended.reset();
      for (const [cause, count] of Object.entries(stats().callsEnded)) ended.inc({ cause }, count);
    },
  });
  gauge('open_calls', 'Calls that are open.', (now) => now.streamsOpen);
  total('chunks_sent_total', 'Chunks sent.', (now) => now.chunksSent);
  const lateness = new Gauge({
    name: name('chunk_lateness_seconds'),
    help: 'How late chunks left against their plan, at quantiles over all since the start.',
    labelNames: ['quantile'],
    registers,
    collect() {
      const { p50, p95, p99, max } = stats().lateness ?? { p50: 0, p95: 0, p99: 0, max: 0 };
      const quantiles = { 0.5: p50, 0.95: p95, 0.99: p99, 1: max };
      for (const [quantile, ms] of Object.entries(quantiles)) lateness.set({ quantile }, ms / 1000);
    },
  });
  gauge('plan_memory_bytes', 'Memory of the plans of open calls.', (now) => now.planBytes);
  return registry;
}
