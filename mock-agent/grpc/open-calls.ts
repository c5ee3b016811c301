import { status } from '@grpc/grpc-js';
import type { Logger } from 'pino';

import { firstOf, keyMetadata, scenarioMetadata } from '../../proto/metadata.ts';
import { performance } from '../../proto/timers.ts';
import { callEndByClient, callEnds, plannedCallEnd, type CallEnd } from './call-end.ts';
import { endWith, type Call } from './call.ts';
import { http2StreamOf } from './grpc-internals.ts';
import type { PlanMemory } from '../prepare/plan-memory.ts';
import type { Playing } from '../play/play.ts';
import type { PreparedStream } from '../prepare/prepare.ts';
import { RefusedRequest, type ResolvedRequest } from '../prepare/resolve-request.ts';

/** A call that the agent answers. */
export interface OpenCall {
  scenario: string;
  key: string;
  /** Undefined until the stream is planned. */
  prepared?: PreparedStream;
  playing?: Playing;
  /** What the agent does to the call, ahead of what the client does in return. */
  end?: CallEnd;
}

/** The calls that are open, and how those that are not have ended. */
export interface OpenCalls {
  /** Adds a call; it leaves by itself when it is over. */
  add(call: Call, resolved: ResolvedRequest, startMs: number): OpenCall;
  /** Refuses a call, whether it was added or not. */
  refuse(call: Call, error: unknown): void;
  /** Ends every call with UNAVAILABLE. */
  endAll(): void;
  count(): number;
  /** Calls that their clients or their deadlines ended before the agent did. */
  cancelled(): number;
  ended(): Readonly<Record<CallEnd, number>>;
}

/** How a call came out, for the log. Nothing of a prompt or an answer is in it. */
interface CallLine {
  scenario: string | undefined;
  key: string | undefined;
  /** The faults that struck. */
  faults?: readonly string[];
  cause: CallEnd;
  /** The gRPC status that the agent sent; left out where it is OK or none. */
  status?: string;
  /** What the client was told of a refusal. */
  details?: string;
  /** Chunks sent, and those of the plan. */
  chunks?: number;
  planned?: number | null;
  durationMs?: number;
}

/**
 * @param memory is freed of what a call takes when the call is over
 * @param level of the line that each stream leaves in the log; a refused call is always `info`
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

  const remove = (call: Call, opened: OpenCall): boolean => {
    opened.playing?.stop();
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
      const opened: OpenCall = { scenario, key };
      const session = http2StreamOf(call)?.session;
      calls.set(call, opened);
      memory.set(call, bytesOfPrompt(call));

      const leave = (cause: CallEnd): void => {
        if (!remove(call, opened)) return;
        const { prepared, playing } = opened;
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
        leave(opened.end ?? (opened.prepared ? plannedCallEnd(opened.prepared.end) : 'failed'));
      });
      call.once('cancelled', () => {
        // grpc-js says `cancelled` after an ordinary end too.
        if (!call.writableFinished) cancelled += 1;
        leave(opened.end ?? callEndByClient(call, session?.destroyed === false));
      });
      return opened;
    },
    refuse(call, error) {
      const opened = calls.get(call);
      if (opened !== undefined) remove(call, opened);
      if (!isOpen(call)) return;
      const scenario = opened?.scenario ?? firstOf(call.metadata, scenarioMetadata);
      const key = opened?.key ?? firstOf(call.metadata, keyMetadata);
      if (error instanceof RefusedRequest) {
        const { code, message } = error;
        write({ scenario, key, cause: 'refused', status: status[code], details: message });
        endWith(call, code, message);
        return;
      }
      ended.failed += 1;
      log.error({ err: error, scenario, key }, 'a stream could not be planned');
      endWith(call, status.INTERNAL, 'the agent could not plan this stream');
    },
    endAll() {
      for (const [call, opened] of calls) {
        opened.end = 'shutdown';
        opened.playing?.stop();
        endWith(call, status.UNAVAILABLE, 'the agent is shutting down');
      }
    },
    count: () => calls.size,
    cancelled: () => cancelled,
    ended: () => ({ ...ended }),
  };
}

/** Whether anybody still waits for a call that was not answered yet. */
export function isOpen(call: Call): boolean {
  return !call.cancelled && !call.writableEnded;
}

/** What a call itself holds until it ends, in bytes. */
export function bytesOfPrompt(call: Call): number {
  return call.request.prompt.length * 2;
}

function statusOf(cause: CallEnd, prepared: PreparedStream | undefined): { status?: string } {
  if (cause === 'shutdown') return { status: 'UNAVAILABLE' };
  const end = prepared?.end;
  return cause === 'status' && end?.kind === 'status' ? { status: end.status } : {};
}
