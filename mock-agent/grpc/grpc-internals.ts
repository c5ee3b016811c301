import type { ServerHttp2Stream } from 'node:http2';

import type { Call } from './call.ts';

// What the agent relies on inside grpc-js, and nothing else; a test of chunk-writer.ts holds grpc-js to it.

/** Returns the HTTP/2 stream of a call, to which grpc-js offers no way: a call's own `call` has it. */
export function http2StreamOf(call: Call): ServerHttp2Stream | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (call as unknown as { call?: { stream?: ServerHttp2Stream } }).call?.stream;
}

/** Returns what the session of a call was given for a socket; undefined where that is a socket of Node's own. */
export function connectionBeneath(call: Call): object | undefined {
  const session = http2StreamOf(call)?.session;
  // What Node puts before anything that is no socket of its own has that as its `stream`.
  const connection: unknown =
    session === undefined ? undefined : Reflect.get(session.socket, 'stream');
  return typeof connection === 'object' && connection !== null ? connection : undefined;
}
