import { monitorEventLoopDelay } from 'node:perf_hooks';

import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client';

import { errorCodes, type ErrorCode } from '../../proto/error-codes.ts';
import type { EndCause, StreamFigures } from '../observer.ts';

/** How a request for a stream was answered: with one, with that error, or not, since the client left. */
type Answer = 'stream' | 'client-left' | ErrorCode;

/** Of all streams since the start, open ones too. */
export type Totals = Pick<StreamFigures, 'messages' | 'pauses' | 'pings'>;

/** What is read whenever somebody asks. */
interface LiveFigures {
  openStreams: number;
  totals: Totals;
}

/** The gateway's metrics for Prometheus; times in seconds. */
export interface Metrics {
  answered(answer: Answer): void;
  firstChunk(ms: number): void;
  /** @param meanIntervalMs null for a stream with fewer than two messages. */
  ended(cause: EndCause, durationMs: number, meanIntervalMs: number | null): void;
  expose(): Promise<ExposedMetrics>;
  /** As other processes can add them to their own. */
  tell(): Promise<GatewayMetrics>;
  close(): void;
}

/** Metrics in Prometheus' text format, and the content type of that. */
export interface ExposedMetrics {
  contentType: string;
  text: string;
}

/** What one process has counted; it can travel as JSON. */
export type GatewayMetrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The metrics of several gateways as those of one: sums, and the largest delay. */
export async function exposeTogether(all: readonly GatewayMetrics[]): Promise<ExposedMetrics> {
  const together = AggregatorRegistry.aggregate([...all]);
  return { contentType: together.contentType, text: await together.metrics() };
}

/** Each target and alarm of E3 is a border, so that a share below it can be asked for exactly. */
const firstChunkBuckets = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 5, 10, 30, 60];
const intervalBuckets = [0.025, 0.05, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.3, 0.5, 1, 2, 5];
const durationBuckets = [0.1, 0.5, 1, 2, 5, 10, 20, 30, 45, 60, 90, 120];

/** Between two looks of Node's at its event loop; it comes on top of every delay that is seen. */
const loopResolutionMs = 10;

const name = (rest: string) => `rehearsal_gateway_${rest}`;

export function createMetrics(live: () => LiveFigures): Metrics {
  const registry = new Registry();
  const registers = [registry];

  const requests = new Counter({
    name: name('requests_total'),
    help: 'Requests for a stream, by how they were answered: stream, client-left or an error code.',
    labelNames: ['answer'],
    registers,
  });
  const ends = new Counter({
    name: name('streams_ended_total'),
    help: 'Streams, by the cause of their end: completed, client-left, not-read, cut or an error code.',
    labelNames: ['cause'],
    registers,
  });
  // From the start, so that the first of a kind is an increase.
  for (const answer of ['stream', 'client-left', ...errorCodes]) requests.inc({ answer }, 0);
  for (const cause of ['completed', 'client-left', 'not-read', 'cut', ...errorCodes]) {
    ends.inc({ cause }, 0);
  }

  const firstChunk = new Histogram({
    name: name('first_chunk_seconds'),
    help: 'From the request to its first message with text.',
    buckets: firstChunkBuckets,
    registers,
  });
  const interval = new Histogram({
    name: name('interval_seconds'),
    help: 'Mean interval between the messages of a stream, one value for each stream.',
    buckets: intervalBuckets,
    registers,
  });
  const duration = new Histogram({
    name: name('stream_duration_seconds'),
    help: 'From the request to the end of its stream, however it ended.',
    buckets: durationBuckets,
    registers,
  });

  const total = (rest: string, help: string, read: () => number) =>
    new Counter({
      name: name(rest),
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
    'How often an agent was held up because the buffer of its stream was full.',
    () => live().totals.pauses,
  );
  total('pings_total', 'Pings sent to clients.', () => live().totals.pings);

  const openStreams = new Gauge({
    name: name('open_streams'),
    help: 'Streams that are open, or not yet sent to their last byte.',
    registers,
    collect() {
      openStreams.set(live().openStreams);
    },
  });

  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loop.enable();
  const loopDelay = new Gauge({
    name: name('event_loop_delay_seconds'),
    help: 'How late the event loop was, at quantiles over the time since it was last asked for.',
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
