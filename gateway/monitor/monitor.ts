import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { Metadata } from '@grpc/grpc-js';
import type { Logger } from 'pino';

import type { GatewayError } from '../errors.ts';
import { generatePath } from '../../proto/interface.ts';
import { createMetrics, type Metrics, type Totals } from './metrics.ts';
import type { EndCause, Observers, OpenedStream, RequestEvents } from '../observer.ts';
import { meanIntervalMs } from '../stream/stream-figures.ts';
import { createTargetWindow, windowSec, type TargetStatuses } from './target-window.ts';
import { performance } from '../../proto/timers.ts';

/** The body of `/status`. */
export interface GatewayStatus {
  version: string;
  uptimeSec: number;
  openStreams: number;
  /** The period that the targets cover. */
  windowSec: number;
  targets: TargetStatuses;
}

/**
 * Returns further fields for the log line of a stream, from the metadata that the agent received and, once it
 * has accepted the call, from the agent's own.
 */
export type LabelStream = (
  requested: Metadata | undefined,
  accepted: Metadata | undefined,
) => Readonly<Record<string, string | undefined>>;

/** Observes every request for the log, the metrics and the state of the targets (E3). */
export interface Monitor extends Observers {
  status(): GatewayStatus;
  expose: Metrics['expose'];
  tell: Metrics['tell'];
  close(): void;
}

/** @param log receives a line for each stream, without text of prompts, responses or tokens */
export function createMonitor(log: Logger, version: string, labels?: LabelStream): Monitor {
  const startedMs = performance.now();
  const window = createTargetWindow();
  const open = new Set<OpenedStream>();
  const endedTotals: Totals = { messages: 0, pauses: 0, pings: 0 };

  const metrics = createMetrics(() => {
    const totals: Totals = { ...endedTotals };
    for (const { figures } of open) add(figures, totals);
    return { openStreams: open.size, totals };
  });

  const refused = (error: GatewayError, message?: IncomingMessage) => {
    const { code, httpStatus, details, isAgents } = error;
    const path = pathOf(message);
    if (path === generatePath) {
      metrics.answered(code);
      if (isOurFault(httpStatus)) window.connection(false);
    }
    // Load balancers check every second, and see the response themselves.
    log[path === '/readyz' ? 'debug' : 'info'](
      {
        cause: code,
        status: httpStatus,
        method: message?.method,
        path,
        details: isAgents ? undefined : details,
      },
      'refused',
    );
  };

  const streamEnded = (
    id: string,
    stream: OpenedStream,
    accepted: Metadata | undefined,
    cause: EndCause,
  ) => {
    const { startMs, metadata, figures } = stream;
    const durationMs = performance.now() - startMs;
    const intervalMs = meanIntervalMs(figures);
    open.delete(stream);
    add(figures, endedTotals);
    window.openStreams(open.size);
    if (intervalMs !== null) window.interval(intervalMs);
    metrics.ended(cause, durationMs, intervalMs);
    log.info(
      {
        id,
        ...labels?.(metadata, accepted),
        cause,
        firstChunkMs: figures.messages === 0 ? null : round(figures.firstMessageAtMs - startMs),
        intervalMs: intervalMs === null ? null : round(intervalMs),
        durationMs: round(durationMs),
        chunks: figures.chunks,
        messages: figures.messages,
      },
      'stream',
    );
  };

  return {
    arrived({ message }): RequestEvents {
      let id = '';
      let stream: OpenedStream | undefined;
      let agentMetadata: Metadata | undefined;
      return {
        opened(opened) {
          id = randomUUID();
          stream = opened;
          open.add(opened);
          metrics.answered('stream');
          window.connection(true);
          window.openStreams(open.size);
        },
        accepted(metadata) {
          agentMetadata = metadata;
        },
        firstMessage(atMs) {
          if (stream === undefined) return;
          metrics.firstChunk(atMs - stream.startMs);
          window.firstChunk(atMs - stream.startMs);
        },
        ended(cause) {
          if (stream !== undefined) {
            streamEnded(id, stream, agentMetadata, cause);
          } else if (cause !== 'nothing-more') {
            metrics.answered('client-left');
            log.info({ cause }, 'refused');
          }
        },
        refused: (error) => refused(error, message),
      };
    },
    refused,
    status: () => ({
      version,
      uptimeSec: Math.floor((performance.now() - startedMs) / 1000),
      openStreams: open.size,
      windowSec,
      targets: window.judge(),
    }),
    expose: metrics.expose,
    tell: metrics.tell,
    close: metrics.close,
  };
}

/** Returns the path without the query, which may contain prompts and tokens. */
function pathOf(request: IncomingMessage | undefined): string | undefined {
  return request?.url?.split('?', 1)[0];
}

/** Whether a refusal counts against the service: errors and overload do, invalid requests do not. */
function isOurFault(httpStatus: number): boolean {
  return httpStatus >= 500 || httpStatus === 429;
}

function add(from: Totals, to: Totals): void {
  to.messages += from.messages;
  to.pauses += from.pauses;
  to.pings += from.pings;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
