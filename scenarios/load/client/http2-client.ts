import { constants, type ClientHttp2Stream } from 'node:http2';

import { errorNames } from '../../../proto/http2/error-names.ts';
import {
  lossOfError,
  type Http2Connection,
  type Http2Connections,
  type Placement,
} from './http2-connections.ts';
import type { ClientHooks, LoadClient, Loss, OutgoingRequest } from './load-client.ts';
import type { Target } from './steered-client.ts';

/** How often a request that a closing connection refused unprocessed is sent again, as browsers do it. */
const mostResends = 2;

/** A request and its stream, which is null while it waits for a connection. */
interface Pending {
  request: OutgoingRequest;
  stream: ClientHttp2Stream | null;
  connection: Http2Connection | null;
  placement: Placement | null;
  hasHead: boolean;
  resends: number;
}

/**
 * Creates a client of HTTP/2, which shares the connections of the load. Dropping a request cancels its stream
 * alone.
 */
export function createHttp2Client(
  { method, protocol, host }: Pick<Target, 'method' | 'protocol' | 'host'>,
  connections: Http2Connections,
  hooks: ClientHooks,
  close: () => Promise<void>,
): LoadClient {
  let current: Pending | null = null;
  let pauseTimer: NodeJS.Timeout | undefined;

  function place(pending: Pending): void {
    pending.placement = {
      connected() {
        if (pending === current) hooks.connected();
      },
      start: (connection) => start(pending, connection),
      fail: (loss) => lose(pending, loss),
    };
    connections.place(pending.placement);
  }

  function start(pending: Pending, connection: Http2Connection): void {
    hooks.connected();
    const { path, headers, body } = pending.request;
    const stream = connection.session.request(
      {
        ':method': method,
        ':scheme': protocol.slice(0, -1),
        ':authority': host,
        ':path': path,
        ...sendable(headers),
        ...(body !== '' && { 'content-length': Buffer.byteLength(body) }),
      },
      { endStream: body === '' },
    );
    Object.assign(pending, { stream, connection });
    let streamError: NodeJS.ErrnoException | null = null;
    stream.on('response', ({ ':status': status = 0, 'content-type': contentType = null }) => {
      pending.hasHead = true;
      if (pending === current) hooks.head(status, contentType);
      // Not before: Node emits data that comes together with the head before it emits the head.
      stream.on('data', (bytes: Buffer) => {
        if (pending === current) hooks.body(bytes);
      });
    });
    stream.on('error', (error) => {
      streamError = error;
    });
    // `end` also follows a RST_STREAM with CANCEL, so the code decides.
    stream.once('close', () => {
      connection.release();
      if (pending !== current) return;
      settle(pending, lossOf(stream.rstCode, streamError, connection));
    });
    if (body !== '') stream.end(body);
  }

  function settle(pending: Pending, loss: Loss | 'complete' | 'unprocessed'): void {
    clearTimeout(pauseTimer);
    if (loss === 'complete') {
      current = null;
      hooks.complete();
    } else if (loss !== 'unprocessed') lose(pending, loss);
    else if (!pending.hasHead && pending.resends < mostResends) {
      Object.assign(pending, { stream: null, resends: pending.resends + 1 });
      place(pending);
    } else {
      const code = pending.hasHead ? 'RST_STREAM REFUSED_STREAM' : 'GOAWAY NO_ERROR';
      lose(pending, { kind: 'broken', code });
    }
  }

  function lose(pending: Pending, loss: Loss): void {
    if (pending !== current) return;
    current = null;
    hooks.lost(loss);
  }

  function drop(): void {
    clearTimeout(pauseTimer);
    if (current === null) return;
    const { stream, connection, placement } = current;
    current = null;
    if (stream !== null) {
      stream.close(constants.NGHTTP2_CANCEL);
      connection?.cancel();
    } else if (placement !== null) connections.withdraw(placement);
  }

  return {
    isConnected: connections.hasRoom,
    send(request) {
      clearTimeout(pauseTimer);
      current = {
        request,
        stream: null,
        connection: null,
        placement: null,
        hasHead: false,
        resends: 0,
      };
      place(current);
    },
    pause(forMs) {
      clearTimeout(pauseTimer);
      const stream = current?.stream;
      stream?.pause();
      pauseTimer = setTimeout(() => stream?.resume(), forMs);
    },
    drop,
    close() {
      drop();
      return close();
    },
  };
}

/** Headers of a connection of HTTP/1.1, which HTTP/2 forbids (RFC 9113, 8.2.2) and Node refuses. */
const ofConnection = new Set(['http2-settings', 'keep-alive', 'proxy-connection', 'te']);

/** Node writes headers in Latin-1; an id of an event is UTF-8 (WHATWG HTML, 9.2.4), and so is each of HTTP/1.1's. */
function sendable(headers: OutgoingRequest['headers']): OutgoingRequest['headers'] {
  const sent = Object.entries(headers).filter(([name]) => !ofConnection.has(name));
  return Object.fromEntries(
    sent.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
  );
}

/**
 * Returns how a closed stream ended. A stream that a closing connection refuses was not processed: the server refused
 * it, it is beyond the last stream of the GOAWAY (RFC 9113, 6.8), or Node had not written it. Node reports all three
 * as REFUSED_STREAM.
 */
function lossOf(
  rstCode: number,
  error: NodeJS.ErrnoException | null,
  { session, goaway }: Http2Connection,
): Loss | 'complete' | 'unprocessed' {
  if (goaway !== null && goaway !== constants.NGHTTP2_NO_ERROR && session.destroyed) {
    return { kind: 'broken', code: `GOAWAY ${nameOf(goaway)}` };
  }
  const isOfStream = error?.code === 'ERR_HTTP2_STREAM_ERROR';
  if (error?.code !== undefined && !isOfStream) return lossOfError(error);
  if (goaway !== null && rstCode === constants.NGHTTP2_REFUSED_STREAM) return 'unprocessed';
  if (rstCode === constants.NGHTTP2_NO_ERROR) return 'complete';
  if (session.destroyed) return { kind: 'closed' };
  return { kind: 'broken', code: `RST_STREAM ${nameOf(rstCode)}` };
}

function nameOf(code: number): string {
  return errorNames[code] ?? String(code);
}
