import type { Context } from 'koa';

import { goneKindOf } from '../client-gone.ts';
import type { Client } from '../generations.ts';

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
  return {
    socket: req.socket,
    keepsChunks,
    isWhole,
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
