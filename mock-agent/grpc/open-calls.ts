import { status } from '@grpc/grpc-js';
import type { Logger } from 'pino';

import { firstOf, keyMetadata, scenarioMetadata } from '../../proto/metadata.ts';
import { performance } from '../../proto/timers.ts';
import { callEndByClient, callEnds, plannedCallEnd, type CallEnd } from './call-end.ts';
import { endWith, type Call } from './call.ts';
import type { CallWatcher } from './watch-call.ts';
import { http2StreamOf } from './grpc-internals.ts';
import type { PlanMemory } from '../prepare/plan-memory.ts';
import type { Playing } from '../play/play.ts';
import type { PreparedStream } from '../prepare/prepare.ts';
import { AgentError } from '../agent-error.ts';
import type { ResolvedRequest } from '../prepare/resolve-request.ts';

/** A call in progress. */
export interface OpenCall {
  scenario: string;
  key: string;
  /** Undefined until the stream is planned. */
  prepared?: PreparedStream;
  playing?: Playing;
  /** Called when the call has ended. */
  removed?: () => void;
  watcher?: CallWatcher | undefined;
  /** Set if the agent itself breaks or ends the call; it takes precedence over the client's reaction. */
  end?: CallEnd;
}

/** The open calls, and the counts of ended ones. */
export interface OpenCalls {
  /** Adds a call, which is removed when it ends. */
  add(call: Call, resolved: ResolvedRequest, startMs: number): OpenCall;
  /** Refuses a call, added or not. */
  refuse(call: Call, error: unknown): void;
  /** Ends every call with UNAVAILABLE. */
  endAll(): void;
  count(): number;
  /** Counts calls that clients or deadlines have ended before the agent did. */
  cancelled(): number;
  ended(): Readonly<Record<CallEnd, number>>;
}

/** The log line of an ended call. It contains no text of prompts or answers. */
interface CallLine {
  scenario: string | undefined;
  key: string | undefined;
  /** The faults that struck. */
  faults?: readonly string[];
  cause: CallEnd;
  /** The gRPC status that the agent has sent, unless it is OK. */
  status?: string;
  /** The status details of a refusal. */
  details?: string;
  /** Sent and planned chunks. */
  chunks?: number;
  planned?: number | null;
  durationMs?: number;
}

/**
 * @param memory freed when a call ends
 * @param level of the log line of each ended stream; a refused call is always `info`
 */
export function createOpenCalls(
  memory: PlanMemory,
  log: Logger,
  level: 'info' | 'debug',
): OpenCalls {
  const calls = new Map<Call, OpenCall>();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const ended = Object.fromEntries(callEnds.map((end) => [end, 0])) as Record<CallEnd, number>;
  let cancelled = 0;

  const remove = (call: Call, openCall: OpenCall): boolean => {
    openCall.playing?.stop();
    openCall.removed?.();
    memory.free(call);
    return calls.delete(call);
  };

  const write = (line: CallLine): void => {
    ended[line.cause] += 1;
    if (line.cause === 'refused') log.info(line, 'refused');
    else log[level](line, 'stream');
  };

  return {
    add(call, { request: { scenario, key } }, startMs) {
      const openCall: OpenCall = { scenario, key };
      const session = http2StreamOf(call)?.session;
      calls.set(call, openCall);
      memory.set(call, bytesOfRequest(call));

      const onEnd = (cause: CallEnd): void => {
        if (!remove(call, openCall)) return;
        const { prepared, playing } = openCall;
        openCall.watcher?.ended?.(cause);
        write({
          scenario,
          key,
          faults: prepared?.faults ?? [],
          cause,
          ...statusOf(cause, prepared),
          chunks: playing?.chunksSent() ?? 0,
          planned: prepared?.chunks.count ?? null,
          durationMs: Math.round((performance.now() - startMs) * 10) / 10,
        });
      };
      call.once('finish', () => {
        onEnd(
          openCall.end ?? (openCall.prepared ? plannedCallEnd(openCall.prepared.end) : 'failed'),
        );
      });
      call.once('cancelled', () => {
        // grpc-js also emits `cancelled` after a normal end.
        if (!call.writableFinished) cancelled += 1;
        onEnd(openCall.end ?? callEndByClient(call, session?.destroyed === false));
      });
      return openCall;
    },
    refuse(call, error) {
      const openCall = calls.get(call);
      if (openCall !== undefined) remove(call, openCall);
      if (!isOpen(call)) return;
      const scenario = openCall?.scenario ?? firstOf(call.metadata, scenarioMetadata);
      const key = openCall?.key ?? firstOf(call.metadata, keyMetadata);
      if (error instanceof AgentError) {
        const { code, message } = error;
        write({ scenario, key, cause: 'refused', status: code, details: message });
        endWith(call, status[code], message);
        return;
      }
      ended.failed += 1;
      log.error({ err: error, scenario, key }, 'a stream could not be planned');
      endWith(call, status.INTERNAL, 'the agent could not plan this stream');
    },
    endAll() {
      for (const [call, openCall] of calls) {
        openCall.end = 'shutdown';
        openCall.playing?.stop();
        endWith(call, status.UNAVAILABLE, 'the agent is shutting down');
      }
    },
    count: () => calls.size,
    cancelled: () => cancelled,
    ended: () => ({ ...ended }),
  };
}

/** Whether neither the client nor the agent has ended the call. */
export function isOpen(call: Call): boolean {
  return !call.cancelled && !call.writableEnded;
}

/** Returns the bytes that the request of a call takes until the call ends. */
export function bytesOfRequest({ request: { prompt, messages, tools } }: Call): number {
  let units = prompt.length;
  for (const { content, toolCalls } of messages) {
    units += messageUnits + content.length;
    for (const { arguments: json } of toolCalls) units += messageUnits + json.length;
  }
  for (const { description, parameters } of tools) {
    units += messageUnits + description.length + parameters.length;
  }
  return units * 2;
}

/** About what the object of a message, a call or a tool takes beside its texts, in code units. */
const messageUnits = 100;

function statusOf(cause: CallEnd, prepared: PreparedStream | undefined): { status?: string } {
  if (cause === 'shutdown') return { status: 'UNAVAILABLE' };
  const end = prepared?.end;
  return cause === 'status' && end?.kind === 'status' ? { status: end.status } : {};
}
