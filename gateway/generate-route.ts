import type { Context } from 'koa';

import type { AgentCall } from './agent-client.ts';
import { formatEventId, parseEventId, replayTokenOf, type EventId } from './event-id.ts';
import { GatewayError } from './errors.ts';
import { readGenerateRequest } from './generate-request.ts';
import type { Client, Generations } from './generations.ts';
import type { RequestRecord } from './journal.ts';
import { ClientUnread } from './http-server.ts';
import type { GatewayOptions } from './options.ts';
import { metadataPrefix, resumeMetadata } from '../proto/metadata.ts';
import { wireMetadata, type WireFault } from '../proto/wire-fault.ts';
import { openSse, type SseForm } from './sse.ts';
import { openFaultySse } from './wire/faulty-sse.ts';

/**
 * Answers a request whose fields are `fields`: the body of a POST, the query of a GET (A1 to A4).
 *
 * A GET may be a browser's EventSource that comes back: after the end of its stream it is told to stay
 * away, in the middle it goes on where it was.
 * @throws what `Generations.start` throws, and INVALID_REQUEST for a request that is wrong.
 */
export async function answerGeneration(
  context: Context,
  fields: unknown,
  generations: Generations,
  options: GatewayOptions,
  record: RequestRecord | undefined,
): Promise<void> {
  const startMs = performance.now();
  const { query, headers, method } = context;
  if (context.accepts('text/event-stream') === false) {
    const details = 'header Accept: must allow text/event-stream';
    throw new GatewayError('NOT_ACCEPTABLE', details);
  }
  const frames = readFrames(query['frames']);
  const canComeBack = method === 'GET' && options.eventIds;
  const last = canComeBack ? parseEventId(context.get('Last-Event-ID')) : undefined;
  const request = readGenerateRequest(
    fields,
    query,
    { ...headers, ...resumeHeaders(last) },
    options,
  );
  if (last?.isEnd) {
    // Says to an EventSource that there is nothing more, where it would ask for ever.
    context.status = 204;
    record?.asked(request);
    record?.nothingMore();
    return;
  }
  const fromChar = last?.position ?? 0;
  const form = (call: AgentCall): SseForm => ({
    frames,
    retryMs: options.retryMs,
    idOf: canComeBack ? idsOf(call) : null,
  });
  await generations.start(
    { request, startMs, fromChar, record },
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
      const closed = () =>
        gone(req.socket.errored instanceof ClientUnread ? 'not-read' : 'client-left');
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
  };
}

function readFrames(frames: string | string[] | undefined): SseForm['frames'] {
  if (frames === undefined) return 'named';
  if (frames === 'data') return frames;
  throw new GatewayError('INVALID_REQUEST', 'query frames: must be data, or left out');
}

/** What the agent said of a stream before goes back to it: so it is the very same. */
function resumeHeaders(last: EventId | undefined): Record<string, string> {
  if (last === undefined) return {};
  return { ...last.replay, [resumeMetadata]: String(last.position) };
}

/**
 * Ids for the events of a call. An agent that says nothing of the stream could not be asked for it
 * again: then only the end has an id, which keeps an EventSource from asking anew.
 */
function idsOf({ metadata }: AgentCall): NonNullable<SseForm['idOf']> {
  const said = Object.entries(metadata?.getMap() ?? {}).filter(
    ([name]) => name.startsWith(metadataPrefix) && name !== wireMetadata,
  );
  const token = replayTokenOf(
    Object.fromEntries(said.map(([name, value]) => [name, String(value)])),
  );
  return (event, chars) => {
    if (event.event === 'ping') return undefined;
    const isEnd = event.event === 'error' || event.data.isFinal;
    return said.length === 0 && !isEnd ? undefined : formatEventId(chars, isEnd, token);
  };
}
