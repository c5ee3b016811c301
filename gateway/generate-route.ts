import type { Context } from 'koa';

import type { AgentClient } from './agent-client.ts';
import type { GatewayError } from './errors.ts';
import { readGenerateRequest } from './generate-request.ts';
import type { GatewayOptions } from './options.ts';
import { openSse } from './sse.ts';
import { startStream, type Stream } from './stream.ts';

/** The generation interface and the streams that it has under way. */
export interface GenerateRoute {
  /** Answers a request whose fields are `fields`: the body of a POST, the query of a GET. */
  handle(context: Context, fields: unknown): Promise<void>;
  /** How many streams are open or about to be. */
  count(): number;
  /** Ends every one of them with this error. */
  failAll(error: GatewayError): void;
}

/** A request in, a stream of events out (specification A1 to A4). */
export function createGenerateRoute(agent: AgentClient, options: GatewayOptions): GenerateRoute {
  const open = new Set<Pick<Stream, 'fail'>>();

  return {
    async handle(context, fields) {
      const startMs = performance.now();
      const { query, headers } = context;
      const request = readGenerateRequest(fields, query, headers, options.defaultModel);

      const leaving = new AbortController();
      const leave = () => leaving.abort();
      const starting = { fail: (error: GatewayError) => leaving.abort(error) };
      context.res.once('close', leave);
      open.add(starting);
      const call = agent.generate(request, options.streamLimitMs);
      try {
        // The status waits for the agent: until it goes out, a failure can still be an HTTP error.
        await call.accepted(options.acceptWaitMs, leaving.signal);
      } catch (error) {
        call.cancel();
        throw error;
      } finally {
        context.res.off('close', leave);
        open.delete(starting);
      }

      // From here on the response is the stream's, and Koa's no more.
      context.respond = false;
      const limitMs = options.streamLimitMs - (performance.now() - startMs);
      const stream = startStream(call, openSse(context.res), options, limitMs, () => {
        open.delete(stream);
      });
      open.add(stream);
      context.res.once('close', stream.abandon);
    },
    count: () => open.size,
    failAll(error) {
      for (const stream of open) stream.fail(error);
    },
  };
}
