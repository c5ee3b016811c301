import type { ServerHttp2Stream } from 'node:http2';

import type { Call } from './call.ts';

// The internals of grpc-js that the agent relies on; a test in chunk-writer.test.ts checks them.

/** Returns the HTTP/2 stream of a call, which grpc-js keeps in the call's private `call`. */
export function http2StreamOf(call: Call): ServerHttp2Stream | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (call as unknown as { call?: { stream?: ServerHttp2Stream } }).call?.stream;
}

/** Returns the object that replaces the socket of a call's session; undefined for a socket of Node's own. */
export function connectionBeneath(call: Call): object | undefined {
  const session = http2StreamOf(call)?.session;
  // Node wraps any other duplex in a socket whose `stream` is that duplex.
  const connection: unknown =
    session === undefined ? undefined : Reflect.get(session.socket, 'stream');
  return typeof connection === 'object' && connection !== null ? connection : undefined;
}
