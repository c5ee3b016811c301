import type { Context } from 'koa';

import type { AgentCall } from '../agent/agent-client.ts';
import { parseEventId, type EventId } from './event-id.ts';
import { createEventIds } from './event-ids.ts';
import { GatewayError } from '../errors.ts';
import { readGenerateRequest } from './read-request.ts';
import type { Generations } from '../generations.ts';
import { httpClient, sseOpeners } from './http-client.ts';
import type { RequestEvents } from '../observer.ts';
import type { GatewayOptions } from '../options.ts';
import { resumeMetadata } from '../../proto/metadata.ts';
import { specifiedFormat, type SseForm, type SseFormat } from '../sinks/sse.ts';
import { performance } from '../../proto/timers.ts';

/**
 * Responds to a generation request (A1 to A4).
 *
 * A client that sends the id of an event gets the remaining stream, or a 204 after the last event. An
 * EventSource does so by itself; a POST gets ids if its query requests them.
 * @param fields the body of a POST, or the query of a GET
 * @throws what `Generations.start` throws; GatewayError INVALID_REQUEST for an invalid request
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
  const frames = readFrames(query['frames'], options.frames);
  const lastEventId = options.eventIds ? parseEventId(context.get('Last-Event-ID')) : undefined;
  const hasIds = options.eventIds && (requestsIds(context) || lastEventId !== undefined);
  const request = readGenerateRequest(
    fields,
    query,
    { ...headers, ...resumeHeaders(lastEventId) },
    options,
  );
  if (lastEventId?.isEnd) {
    // Stops an EventSource, which would otherwise reconnect forever.
    context.status = 204;
    events.requested?.(request);
    events.ended?.('nothing-more');
    return;
  }
  const fromChar = lastEventId?.position ?? 0;
  const format = (call: AgentCall): SseFormat =>
    specifiedFormat({
      frames,
      retryMs: options.retryMs,
      idOf: hasIds
        ? createEventIds(call, { isReconnect: lastEventId !== undefined, position: fromChar })
        : null,
    });
  const client = httpClient(context, sseOpeners(context.res, format, fromChar));
  await generations.start({ request, startMs, fromChar, events }, client);
}

function readFrames(
  frames: string | string[] | undefined,
  standard: GatewayOptions['frames'],
): SseForm['frames'] {
  if (frames === undefined) return standard;
  if (frames === 'data' || frames === 'named') return frames;
  throw new GatewayError('INVALID_REQUEST', 'query frames: must be data or named, or left out');
}

/** Whether events get ids: those of a GET always, those of a POST if its query requests them. */
function requestsIds({ method, query }: Context): boolean {
  const { ids } = query;
  if (ids !== undefined && ids !== 'true') {
    throw new GatewayError('INVALID_REQUEST', 'query ids: must be true, or left out');
  }
  return method === 'GET' || ids === 'true';
}

/** Returns the metadata with which the agent repeats the stream from the position of an id. */
function resumeHeaders(lastEventId: EventId | undefined): Record<string, string> {
  if (lastEventId === undefined) return {};
  return { ...lastEventId.replay, [resumeMetadata]: String(lastEventId.position) };
}
