import { monitorEventLoopDelay } from 'node:perf_hooks';

import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client';

import { errorCodes, type ErrorCode } from '../../proto/error-codes.ts';
import type { EndCause, StreamFigures } from '../observer.ts';

/** The response to a generation request: a stream, an error, or none because the client left. */
type Answer = 'stream' | 'client-left' | ErrorCode;

/** Sums over all streams since the start, open ones included. */
export type Totals = Pick<StreamFigures, 'messages' | 'pauses' | 'pings'>;

/** Figures that are read at each scrape. */
interface LiveFigures {
  openStreams: number;
  totals: Totals;
}

/** The gateway's metrics for Prometheus. */
export interface Metrics {
  answered(answer: Answer): void;
  firstChunk(ms: number): void;
  /** @param meanIntervalMs null for a stream with fewer than two messages */
  ended(cause: EndCause, durationMs: number, meanIntervalMs: number | null): void;
  expose(): Promise<ExposedMetrics>;
  /** Returns the metrics as JSON, for aggregation with other processes. */
  tell(): Promise<GatewayMetrics>;
  close(): void;
}

/** Metrics in Prometheus' text format, with its content type. */
export interface ExposedMetrics {
  contentType: string;
  text: string;
}

/** The metrics of one process, serialisable as JSON. */
export type GatewayMetrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Aggregates the metrics of several processes: sums, and the maximum of the event loop's delay. */
export async function exposeTogether(all: readonly GatewayMetrics[]): Promise<ExposedMetrics> {
  const registry = AggregatorRegistry.aggregate([...all]);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Every target and alarm of E3 is a bucket's bound, so that the share below it is exact. */
const firstChunkBuckets = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 5, 10, 30, 60];
const intervalBuckets = [0.025, 0.05, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.3, 0.5, 1, 2, 5];
const durationBuckets = [0.1, 0.5, 1, 2, 5, 10, 20, 30, 45, 60, 90, 120];

/** The sampling interval of the event loop's delay, which every sample includes. */
const loopResolutionMs = 10;

const metricName = (suffix: string) => `rehearsal_gateway_${suffix}`;

export function createMetrics(live: () => LiveFigures): Metrics {
  const registry = new Registry();
  const registers = [registry];

  const requests = new Counter({
    name: metricName('requests_total'),
    help: 'Generation requests, by their response: stream, client-left or an error code.',
    labelNames: ['answer'],
    registers,
  });
  const ends = new Counter({
    name: metricName('streams_ended_total'),
    help: 'Ended streams, by the cause of their end: completed, client-left, not-read, cut or an error code.',
    labelNames: ['cause'],
    registers,
  });
  // Initialised, so that the first occurrence is an increase.
  for (const answer of ['stream', 'client-left', ...errorCodes]) requests.inc({ answer }, 0);
  for (const cause of ['completed', 'client-left', 'not-read', 'cut', ...errorCodes]) {
    ends.inc({ cause }, 0);
  }

  const firstChunk = new Histogram({
    name: metricName('first_chunk_seconds'),
    help: 'Time from the request to the first message with text.',
    buckets: firstChunkBuckets,
    registers,
  });
  const interval = new Histogram({
    name: metricName('interval_seconds'),
    help: 'Mean interval between the messages of a stream, one value per stream.',
    buckets: intervalBuckets,
    registers,
  });
  const duration = new Histogram({
    name: metricName('stream_duration_seconds'),
    help: 'Time from the request to the end of its stream, of any kind.',
    buckets: durationBuckets,
    registers,
  });

  const total = (suffix: string, help: string, read: () => number) =>
    new Counter({
      name: metricName(suffix),
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  total('messages_total', 'Messages with text sent to clients.', () => live().totals.messages);
  total(
    'buffer_pauses_total',
    'How often a full buffer of a stream has paused the agent.',
    () => live().totals.pauses,
  );
  total('pings_total', 'Pings sent to clients.', () => live().totals.pings);

  const openStreams = new Gauge({
    name: metricName('open_streams'),
    help: 'Streams that are open or not completely sent.',
    registers,
    collect() {
      openStreams.set(live().openStreams);
    },
  });

  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loop.enable();
  const loopDelay = new Gauge({
    name: metricName('event_loop_delay_seconds'),
    help: 'Delay of the event loop, as quantiles since the last scrape.',
    labelNames: ['quantile'],
    registers,
    aggregator: 'max',
    collect() {
      for (const quantile of [0.5, 0.99, 1]) {
        const ms = loop.count === 0 ? 0 : loop.percentile(quantile * 100) / 1e6 - loopResolutionMs;
        loopDelay.set({ quantile }, Math.max(0, ms) / 1000);
      }
      loop.reset();
    },
  });

  return {
    answered: (answer) => requests.inc({ answer }),
    firstChunk: (ms) => firstChunk.observe(ms / 1000),
    ended(cause, durationMs, meanIntervalMs) {
      ends.inc({ cause });
      duration.observe(durationMs / 1000);
      if (meanIntervalMs !== null) interval.observe(meanIntervalMs / 1000);
    },
    async expose() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    tell: () => registry.getMetricsAsJSON(),
    close: () => loop.disable(),
  };
}
