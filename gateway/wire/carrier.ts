import type { IncomingMessage } from 'node:http';
import { Http2ServerRequest, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import { onceWritten } from './http2-writes.ts';
import { connectionBeneath } from './connection-beneath.ts';
import { goneKindOf, goneReasons, type GoneKind } from '../client-gone.ts';

/** What carries a response: the connection of HTTP/1.1 and of a WebSocket, one stream of HTTP/2. */
export interface Carrier {
  /** Whether it takes bytes. */
  isOpen(): boolean;
  isDestroyed(): boolean;
  /** Calls back when the system has taken what is written; with an error, or at once, if it never will. */
  flush(onFlushed: (error?: Error | null) => void): void;
  /** Ends it within the body: the client receives FIN, over HTTP/2 RST_STREAM. */
  drop(): void;
  /** Resets the connection: the client receives RST. Over HTTP/2 this ends every stream of the connection. */
  reset(): void;
  /** Ends it at once if bytes wait that the client does not read. */
  dropUnread(): void;
  goneKind(): GoneKind;
  /** Calls back once it is closed; returns a function that ends the watch. */
  watch(onClosed: () => void): () => void;
}

/** Returns what carries the response to a request. */
export function carrierOf(request: IncomingMessage | Http2ServerRequest): Carrier {
  return request instanceof Http2ServerRequest
    ? streamCarrier(request.stream)
    : connectionCarrier(request.socket);
}

export function connectionCarrier(socket: Socket): Carrier {
  return {
    ...ofDuplex(socket),
    flush(onFlushed) {
      // An empty write calls back after those before it.
      if (socket.writable) socket.write('', onFlushed);
      else onFlushed();
    },
    drop: () => socket.destroySoon(),
    reset: () => resetConnection(socket),
  };
}

function streamCarrier(stream: ServerHttp2Stream): Carrier {
  return {
    ...ofDuplex(stream),
    flush: (onFlushed) => onceWritten(stream, onFlushed),
    // As servers end a stream whose handler has failed: RST_STREAM with INTERNAL_ERROR.
    drop: () => stream.close(internalError),
    reset() {
      const socket = stream.session?.socket;
      if (socket !== undefined) resetConnection(socket);
    },
  };
}

/** NGHTTP2_INTERNAL_ERROR (RFC 9113, 7). */
const internalError = 2;

function ofDuplex(duplex: Socket | ServerHttp2Stream): Omit<Carrier, 'flush' | 'drop' | 'reset'> {
  return {
    isOpen: () => duplex.writable,
    isDestroyed: () => duplex.destroyed,
    dropUnread() {
      // Without waiting bytes the client is idle because the agent is.
      if (duplex.writableLength > 0) duplex.destroy(goneReasons['not-read']);
    },
    goneKind: () => goneKindOf(duplex.errored) ?? 'client-left',
    watch(onClosed) {
      duplex.once('close', onClosed);
      return () => void duplex.off('close', onClosed);
    },
  };
}

function resetConnection(socket: Socket | TLSSocket): void {
  const beneath = socket instanceof TLSSocket ? connectionBeneath(socket) : socket;
  if (beneath === undefined) socket.destroy();
  else beneath.resetAndDestroy();
}
