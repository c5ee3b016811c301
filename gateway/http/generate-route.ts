import type { Context } from 'koa';

import type { AgentCall } from '../agent/agent-client.ts';
import { parseEventId, type EventId } from './event-id.ts';
import { createEventIds } from './event-ids.ts';
import { GatewayError } from '../errors.ts';
import { readGenerateRequest } from './read-request.ts';
import type { Client, Generations } from '../generations.ts';
import { goneKindOf } from '../client-gone.ts';
import type { RequestEvents } from '../observer.ts';
import type { GatewayOptions } from '../options.ts';
import { resumeMetadata } from '../../proto/metadata.ts';
import type { WireFault } from '../../proto/wire-fault.ts';
import { openSse, type SseForm } from '../sinks/sse.ts';
import { openFaultySse } from '../sinks/faulty-sse.ts';
import { performance } from '../../proto/timers.ts';

/**
 * Answers a request whose fields are `fields`: the body of a POST, the query of a GET (A1 to A4).
 *
 * A client that comes back with the id of an event gets the rest of the same stream, or a 204 where that
 * event was the last. An EventSource does so by itself; a POST has ids where its query asks for them.
 * @throws what `Generations.start` throws, and INVALID_REQUEST for a request that is wrong.
 */
export async function answerGeneration(
  context: Context,
  fields: unknown,
  generations: Generations,
  options: GatewayOptions,
  events: RequestEvents,
): Promise<void> {
  const startMs = performance.now();
  const { query, headers } = context;
  if (context.accepts('text/event-stream') === false) {
    const details = 'header Accept: must allow text/event-stream';
    throw new GatewayError('NOT_ACCEPTABLE', details);
  }
  const frames = readFrames(query['frames']);
  const last = options.eventIds ? parseEventId(context.get('Last-Event-ID')) : undefined;
  const hasIds = options.eventIds && (asksForIds(context) || last !== undefined);
  const request = readGenerateRequest(
    fields,
    query,
    { ...headers, ...resumeHeaders(last) },
    options,
  );
  if (last?.isEnd) {
    // Stops an EventSource, which would reconnect for ever.
    context.status = 204;
    events.requested?.(request);
    events.ended?.('nothing-more');
    return;
  }
  const fromChar = last?.position ?? 0;
  const form = (call: AgentCall): SseForm => ({
    frames,
    retryMs: options.retryMs,
    idOf: hasIds
      ? createEventIds(call, { hasAskedBefore: last !== undefined, position: fromChar })
      : null,
  });
  await generations.start(
    { request, startMs, fromChar, events },
    httpClient(context, form, fromChar),
  );
}

function httpClient(
  context: Context,
  form: (call: AgentCall) => SseForm,
  fromChar: number,
): Client {
  const { req, res } = context;
  return {
    socket: req.socket,
    isGone: () => req.socket.destroyed || res.closed,
    // On Node 20 a response that is pipelined behind another never hears of the end of their
    // connection, so that is listened to as well.
    watch(gone) {
      const closed = () => gone(goneKindOf(req.socket));
      res.once('close', closed);
      req.socket.once('close', closed);
      return () => {
        res.off('close', closed);
        req.socket.off('close', closed);
      };
    },
    open(call, faults: readonly WireFault[]) {
      // From here on the response is the stream's, and Koa's no more.
      context.respond = false;
      return faults.length > 0
        ? openFaultySse(res, faults, form(call), fromChar)
        : openSse(res, form(call), fromChar);
    },
    openUndecided(call) {
      context.respond = false;
      return openFaultySse(res, [], form(call), fromChar);
    },
  };
}

function readFrames(frames: string | string[] | undefined): SseForm['frames'] {
  if (frames === undefined) return 'named';
  if (frames === 'data') return frames;
  throw new GatewayError('INVALID_REQUEST', 'query frames: must be data, or left out');
}

/** A GET has ids without asking; a POST keeps to the frames of the specification unless its query asks. */
function asksForIds({ method, query }: Context): boolean {
  const { ids } = query;
  if (ids !== undefined && ids !== 'true') {
    throw new GatewayError('INVALID_REQUEST', 'query ids: must be true, or left out');
  }
  return method === 'GET' || ids === 'true';
}

/** The agent's own description of the stream, which makes it send the very same stream again. */
function resumeHeaders(last: EventId | undefined): Record<string, string> {
  if (last === undefined) return {};
  return { ...last.replay, [resumeMetadata]: String(last.position) };
}
