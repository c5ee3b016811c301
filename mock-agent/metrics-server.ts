import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { Counter, Gauge, Registry } from 'prom-client';

import { callEnds } from './grpc/call-end.ts';
import { hostAndPort, listenOn } from '../proto/listen.ts';
import type { MockAgentStats } from './server.ts';

/** An HTTP server with the metrics of an agent for Prometheus. */
export interface MetricsServer {
  /** Such as `http://127.0.0.1:9464/metrics`. */
  url: string;
  close(): Promise<void>;
}

const path = '/metrics';

/** Time limit of a request. */
const requestLimitMs = 5000;

/**
 * Serves `GET /metrics`.
 * @param stats read at each scrape
 * @param port 0 for a free one
 * @throws the system's Error if the address cannot be bound
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
  const text = isFound ? await registry.metrics() : `not found; the metrics are at GET ${path}\n`;
  const type = isFound ? registry.contentType : 'text/plain; charset=utf-8';
  response.writeHead(isFound ? 200 : 404, { 'Content-Type': type });
  response.end(text);
}

const metricName = (suffix: string) => `rehearsal_agent_${suffix}`;

/** Creates the metrics of an agent, with times in seconds. */
function createRegistry(stats: () => MockAgentStats): Registry {
  const registry = new Registry();
  const registers = [registry];

  const total = (suffix: string, help: string, read: (stats: MockAgentStats) => number) =>
    new Counter({
      name: metricName(suffix),
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(stats()));
      },
    });
  const gauge = (suffix: string, help: string, read: (stats: MockAgentStats) => number) =>
    new Gauge({
      name: metricName(suffix),
      help,
      registers,
      collect() {
        this.set(read(stats()));
      },
    });

  total(
    'streams_started_total',
    'Streams whose plan began to play.',
    ({ streamsStarted }) => streamsStarted,
  );
  const ended = new Counter({
    name: metricName('calls_ended_total'),
    help: `Ended calls, by the cause of their end: ${callEnds.join(', ')}.`,
    labelNames: ['cause'],
    registers,
    collect() {
      ended.reset();
      for (const [cause, count] of Object.entries(stats().callsEnded)) ended.inc({ cause }, count);
    },
  });
  gauge('open_calls', 'Open calls.', ({ streamsOpen }) => streamsOpen);
  total('chunks_sent_total', 'Chunks sent.', ({ chunksSent }) => chunksSent);
  const lateness = new Gauge({
    name: metricName('chunk_lateness_seconds'),
    help: 'Lateness of sent chunks against their plan, as quantiles since the start.',
    labelNames: ['quantile'],
    registers,
    collect() {
      const { p50, p95, p99, max } = stats().lateness ?? { p50: 0, p95: 0, p99: 0, max: 0 };
      const quantiles = { 0.5: p50, 0.95: p95, 0.99: p99, 1: max };
      for (const [quantile, ms] of Object.entries(quantiles)) lateness.set({ quantile }, ms / 1000);
    },
  });
  gauge('plan_memory_bytes', 'Memory of the plans of open calls.', ({ planBytes }) => planBytes);
  return registry;
}
