import type { ServerResponse } from 'node:http';

import type { Context } from 'koa';

import type { AgentCall } from '../agent/agent-client.ts';
import type { Client } from '../generations.ts';
import { openFaultySse } from '../sinks/faulty-sse.ts';
import { openSse, type SseFormat } from '../sinks/sse.ts';
import { carrierOf } from '../wire/carrier.ts';

/** Returns the client of an HTTP request. */
export function httpClient(
  context: Context,
  {
    open,
    openUndecided,
    keepsChunks = false,
    isWhole = false,
  }: Pick<Client, 'open' | 'openUndecided' | 'keepsChunks' | 'isWhole'>,
): Client {
  const { req, res } = context;
  const carrier = carrierOf(req);
  return {
    carrier,
    keepsChunks,
    isWhole,
    isGone: () => carrier.isDestroyed() || res.closed,
    // On Node 20 a response that is pipelined behind another never hears of the end of their
    // connection, so that is listened to as well.
    watch(gone) {
      const closed = () => gone(carrier.goneKind());
      res.once('close', closed);
      const unwatch = carrier.watch(closed);
      return () => {
        res.off('close', closed);
        unwatch();
      };
    },
    open(call, faults) {
      // From here on the response is the stream's, and Koa's no more.
      context.respond = false;
      return open(call, faults);
    },
    openUndecided(call) {
      context.respond = false;
      return openUndecided(call);
    },
  };
}

/** Returns how the stream of a request is opened in a format. */
export function sseOpeners(
  response: ServerResponse,
  formatOf: (call: AgentCall) => SseFormat,
  fromChar: number,
): Pick<Client, 'open' | 'openUndecided'> {
  return {
    open: (call, faults) =>
      faults.length > 0
        ? openFaultySse(response, faults, formatOf(call), fromChar)
        : openSse(response, formatOf(call), fromChar),
    openUndecided: (call) => openFaultySse(response, [], formatOf(call), fromChar),
  };
}
