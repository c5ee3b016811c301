import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { Metadata } from '@grpc/grpc-js';
import type { Logger } from 'pino';

import { firstOf, keyMetadata, scenarioMetadata } from '../../proto/metadata.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import type { GatewayError } from '../errors.ts';
import { generatePath } from '../../proto/interface.ts';
import { createMetrics, type Metrics, type Totals } from './metrics.ts';
import { emptyFigures, meanIntervalMs } from '../stream/stream-figures.ts';
import type { StreamObserver } from '../stream/stream.ts';
import { createTargetWindow, windowSec, type TargetStatuses } from './target-window.ts';
import { performance } from '../../proto/timers.ts';

/** What `/status` says. */
export interface GatewayStatus {
  version: string;
  uptimeSec: number;
  openStreams: number;
  /** How far back the targets look. */
  windowSec: number;
  targets: TargetStatuses;
}

/** What is known of a stream when it starts. */
interface StreamStart {
  /** When the request came, as `performance.now()` has it. */
  startMs: number;
  /** What the agent was asked. */
  asked: Metadata;
  /** Its metadata is what the agent says of the stream, which wins; a slow agent says it late. */
  call: Pick<AgentCall, 'metadata'>;
  /** Whether a fault of the wire is to cut it: then its client does not leave by itself. */
  isCut(): boolean;
}

/** Watches every request for a stream: its log line, the metrics, how the targets stand (E3). */
export interface Monitor {
  streamStarts(start: StreamStart): StreamObserver;
  /** A request was answered with an error; without a request for what is no HTTP. */
  refused(error: GatewayError, request?: IncomingMessage): void;
  /** An agent asks for faults of the wire, which this gateway may not carry out. Warns once. */
  ignoresFaults(): void;
  /** A client did not wait for its answer. */
  clientLeft(): void;
  status(): GatewayStatus;
  expose: Metrics['expose'];
  tell: Metrics['tell'];
  close(): void;
}

/** Is told of a stream by its key; what it gives, of the time of every message with text. */
export type WatchStream = (key: string) => (atMs: number) => void;

/** @param log takes a line for each stream; nothing of a prompt, an answer or a token goes into it. */
export function createMonitor(log: Logger, version: string, watchStream?: WatchStream): Monitor {
  const startedMs = performance.now();
  const window = createTargetWindow();
  const open = new Set<StreamObserver>();
  let hasWarned = false;
  const past: Totals = { messages: 0, pauses: 0, pings: 0 };

  const metrics = createMetrics(() => {
    const totals: Totals = { ...past };
    for (const { figures } of open) add(figures, totals);
    return { openStreams: open.size, totals };
  });

  return {
    streamStarts({ startMs, asked, call, isCut }) {
      const id = randomUUID();
      const described = (name: string) => firstOf(call.metadata, name) ?? firstOf(asked, name);
      const observer: StreamObserver = {
        figures: emptyFigures(),
        message: watchStream && watchMessages(watchStream, () => described(keyMetadata)),
        firstMessage(atMs) {
          metrics.firstChunk(atMs - startMs);
          window.firstChunk(atMs - startMs);
        },
        over(end) {
          const { figures } = observer;
          const cause = isCut() && end === 'client-left' ? 'cut' : end;
          const durationMs = performance.now() - startMs;
          const intervalMs = meanIntervalMs(figures);
          open.delete(observer);
          add(figures, past);
          window.openStreams(open.size);
          if (intervalMs !== null) window.interval(intervalMs);
          metrics.ended(cause, durationMs, intervalMs);
          log.info(
            {
              id,
              scenario: described(scenarioMetadata),
              key: described(keyMetadata),
              cause,
              firstChunkMs:
                figures.messages === 0 ? null : round(figures.firstMessageAtMs - startMs),
              intervalMs: intervalMs === null ? null : round(intervalMs),
              durationMs: round(durationMs),
              chunks: figures.chunks,
              messages: figures.messages,
            },
            'stream',
          );
        },
      };
      open.add(observer);
      metrics.answered('stream');
      window.connection(true);
      window.openStreams(open.size);
      return observer;
    },
    refused({ code, httpStatus, details, isAgents }, request) {
      const path = pathOf(request);
      if (path === generatePath) {
        metrics.answered(code);
        if (isOurFault(httpStatus)) window.connection(false);
      }
      // A balancer asks every second, and sees the answer itself.
      log[path === '/readyz' ? 'debug' : 'info'](
        {
          cause: code,
          status: httpStatus,
          method: request?.method,
          path,
          details: isAgents ? undefined : details,
        },
        'refused',
      );
    },
    ignoresFaults() {
      if (hasWarned) return;
      hasWarned = true;
      log.warn(
        'the agent asks for faults of the wire, which this gateway ignores: allow them with --wire-faults',
      );
    },
    clientLeft() {
      metrics.answered('client-left');
      log.info({ cause: 'client-left' }, 'refused');
    },
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

/** Without the query, in which prompts and tokens are. */
function pathOf(request: IncomingMessage | undefined): string | undefined {
  return request?.url?.split('?', 1)[0];
}

/** The key is known with the first message at the latest: an agent describes its stream before that. */
function watchMessages(
  watchStream: WatchStream,
  key: () => string | undefined,
): (atMs: number) => void {
  let watch: ((atMs: number) => void) | undefined;
  return (atMs) => {
    watch ??= watchStream(key() ?? '');
    watch(atMs);
  };
}

/** A request that is wrong says nothing about the service; one that it has no room for does. */
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
