import type { Context } from 'koa';

import { wireFaultOf, type WireFault } from '../proto/wire-fault.ts';
import type { AgentClient } from './agent-client.ts';
import { GatewayError } from './errors.ts';
import { readGenerateRequest } from './generate-request.ts';
import type { Monitor } from './monitor.ts';
import type { GatewayOptions } from './options.ts';
import { openSse } from './sse.ts';
import { startStream, type Stream } from './stream.ts';
import { answerInPlace } from './wire/answer-in-place.ts';
import { readWireFaults } from './wire/read-wire-faults.ts';
import { openFaultySse } from './wire/faulty-sse.ts';

/** The generation interface and the streams that it has under way. */
export interface GenerateRoute {
  /**
   * Answers a request whose fields are `fields`: the body of a POST, the query of a GET.
   * @throws GatewayError while an answer can still be an HTTP status.
   * @throws ClientLeft where there is nobody to answer any more.
   */
  handle(context: Context, fields: unknown): Promise<void>;
  /** How many streams are open, about to be, or not yet sent to their last byte. */
  count(): number;
  /** Ends every one of them with this error, and answers every later request with it. */
  failAll(error: GatewayError): void;
  /** The error of `failAll`, once that was called. */
  closing(): GatewayError | undefined;
}

/** The client closed its connection before it was answered. */
export class ClientLeft extends Error {}

/** A request in, a stream of events out (specification A1 to A4). */
export function createGenerateRoute(
  agent: AgentClient,
  monitor: Monitor,
  options: GatewayOptions,
): GenerateRoute {
  const open = new Set<Pick<Stream, 'fail'>>();
  let closing: GatewayError | undefined;

  return {
    async handle(context, fields) {
      const startMs = performance.now();
      const { query, headers } = context;
      const request = readGenerateRequest(fields, query, headers, options);

      if (closing === undefined && open.size >= options.maxStreams) {
        throw overloaded(options.maxStreams);
      }

      const leaving = new AbortController();
      const starting = { fail: (error: GatewayError) => leaving.abort(error) };
      const unwatch = watchClient(context, () => leaving.abort(new ClientLeft()));
      // A client may have left while its body was read: nobody listened then.
      if (isGone(context)) leaving.abort(new ClientLeft());
      if (closing !== undefined) leaving.abort(closing);
      open.add(starting);
      let call;
      let faults: readonly WireFault[];
      try {
        leaving.signal.throwIfAborted();
        call = agent.generate(request, options.streamLimitMs);
        // The status waits for the agent: until it goes out, a failure can still be an HTTP error.
        await call.accepted(options.acceptWaitMs, leaving.signal);
        leaving.signal.throwIfAborted();
        faults = options.wireFaults ? readWireFaults(call.metadata) : [];
      } catch (error) {
        call?.cancel();
        throw error;
      } finally {
        unwatch();
        open.delete(starting);
      }

      const inPlace = wireFaultOf(faults, 'status');
      if (inPlace !== undefined) {
        call.cancel();
        monitor.refused(answerInPlace(context, inPlace));
        return;
      }

      // From here on the response is the stream's, and Koa's no more.
      context.respond = false;
      const limitMs = options.streamLimitMs - (performance.now() - startMs);
      const sink = faults.length > 0 ? openFaultySse(context.res, faults) : openSse(context.res);
      const observer = monitor.streamStarts({
        startMs,
        asked: request.metadata,
        said: call.metadata,
        cut: wireFaultOf(faults, 'cut') !== undefined,
      });
      const stream = startStream(call, sink, options, limitMs, {
        ...observer,
        over(cause) {
          open.delete(stream);
          unwatchStream();
          observer.over(cause);
        },
      });
      open.add(stream);
      const unwatchStream = watchClient(context, stream.abandon);
    },
    count: () => open.size,
    failAll(error) {
      closing = error;
      for (const stream of open) stream.fail(error);
    },
    closing: () => closing,
  };
}

function overloaded(maxStreams: number): GatewayError {
  const details = `the gateway carries ${maxStreams} streams at most`;
  return new GatewayError('OVERLOADED', details, { retryAfterSec: 1 });
}

/**
 * Calls back once the client is gone. On Node 20 a response that is pipelined behind another never
 * hears of the end of their connection, so that is listened to as well.
 * @returns ends the watch.
 */
function watchClient({ req, res }: Context, gone: () => void): () => void {
  res.once('close', gone);
  req.socket.once('close', gone);
  return () => {
    res.off('close', gone);
    req.socket.off('close', gone);
  };
}

function isGone({ req, res }: Context): boolean {
  return req.socket.destroyed || res.closed;
}
