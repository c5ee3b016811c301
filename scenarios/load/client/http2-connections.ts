import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import type { Loss } from './load-client.ts';
import type { Target } from './steered-client.ts';

/** A connection of HTTP/2 that carries streams. */
export interface Http2Connection {
  readonly session: ClientHttp2Session;
  /** The code of the server's GOAWAY; null without one. */
  goaway: number | null;
  /** A stream on it has ended. */
  release(): void;
  /** The load cancels a stream on it. */
  cancel(): void;
}

/** A request that waits for a connection. */
export interface Placement {
  /** The connection is made; it may not be ready for streams yet. */
  connected(): void;
  start(connection: Http2Connection): void;
  /** No connection could be made. */
  fail(loss: Loss): void;
}

/** The connections of a load to one server. */
export interface Http2Connections {
  /** Whether a request would go to an open connection. */
  hasRoom(): boolean;
  place(placement: Placement): void;
  /** Takes back a request that waits for a connection. */
  withdraw(placement: Placement): void;
  /** Closes all connections; resolves when every socket is closed. */
  close(): Promise<void>;
}

/**
 * The most streams on a connection, whatever the server allows. RFC 9113 recommends servers to allow 100 at least
 * (6.5.2), and browsers assume it.
 */
const mostStreams = 100;

/**
 * The most streams that are cancelled on a connection before the load opens another. Servers take many cancels for an
 * attack (CVE-2023-44487); Node ends a connection after 1000 at once.
 */
const mostCancels = 500;

/** The flow-control window of a stream, that of the protocol (RFC 9113, 6.5.2). */
const streamWindowBytes = 65_535;

/** Above what all streams of a connection can have in their windows. */
const mostSessionMb = 32;

/** Returns the loss of a connection that failed. */
export function lossOfError(error: NodeJS.ErrnoException): Loss {
  const { code, message } = error;
  return code === 'ERR_HTTP2_ERROR'
    ? { kind: 'garbled', reason: `the response is not HTTP/2: ${message}` }
    : { kind: 'broken', code: code ?? message, error };
}

interface Entry extends Http2Connection {
  /** Null until the server has sent SETTINGS that allow a stream. */
  capacity: number | null;
  open: number;
  cancels: number;
  /** Whether it takes no further streams. */
  isRetired: boolean;
  waiting: Placement[];
}

/**
 * Opens connections as streams need them. A connection carries as many streams at once as the server allows
 * (SETTINGS_MAX_CONCURRENT_STREAMS), 100 at most; a request waits for the SETTINGS of a new connection.
 */
export function createHttp2Connections(target: Target): Http2Connections {
  const entries = new Set<Entry>();
  const sockets = new Set<Socket>();
  /** What a new connection is assumed to allow: the limit that the server sent last. */
  let assumedCapacity = mostStreams;
  let allClosed: (() => void) | undefined;

  function withRoom(): Entry | undefined {
    for (const entry of entries) {
      const { capacity, isRetired, open, session } = entry;
      if (!isRetired && !session.closed && capacity !== null && open < capacity) return entry;
    }
    return undefined;
  }

  function opening(): Entry | undefined {
    for (const entry of entries) {
      const isOpening = entry.capacity === null && !entry.isRetired;
      if (isOpening && entry.waiting.length < assumedCapacity) return entry;
    }
    return undefined;
  }

  function place(placement: Placement): void {
    const entry = withRoom();
    if (entry === undefined) {
      const next = opening() ?? open();
      next.waiting.push(placement);
      if (!next.session.connecting) placement.connected();
    } else start(entry, placement);
  }

  function withdraw(placement: Placement): void {
    for (const entry of entries) {
      const { waiting, session } = entry;
      const index = waiting.indexOf(placement);
      if (index === -1) continue;
      waiting.splice(index, 1);
      if (waiting.length > 0) return;
      // The next request tries another connection, also one before this one is closed.
      entry.isRetired = true;
      session.destroy();
      return;
    }
  }

  function start(entry: Entry, placement: Placement): void {
    entry.open += 1;
    placement.start(entry);
  }

  function open(): Entry {
    const session = connectHttp2(`https://${target.host}`, {
      createConnection: connectSocket,
      maxSessionMemory: mostSessionMb,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes },
    });
    const entry: Entry = {
      session,
      goaway: null,
      capacity: null,
      open: 0,
      cancels: 0,
      isRetired: false,
      waiting: [],
      release() {
        entry.open -= 1;
        if (entry.isRetired && entry.open === 0) session.close();
      },
      cancel() {
        entry.cancels += 1;
        if (entry.cancels === mostCancels) retire(entry);
      },
    };
    entries.add(entry);
    session.once('connect', () => {
      // A stream that is read slowly does not hold up the others of its connection.
      session.setLocalWindowSize(mostStreams * streamWindowBytes);
      for (const placement of entry.waiting) placement.connected();
    });
    session.on('remoteSettings', ({ maxConcurrentStreams = mostStreams }) => {
      const capacity = Math.min(mostStreams, maxConcurrentStreams);
      // A server that allows none may do so later. Another connection would be no better.
      entry.capacity = capacity === 0 ? null : capacity;
      if (capacity === 0) return;
      assumedCapacity = capacity;
      const waiting = entry.waiting.splice(0);
      for (const placement of waiting) place(placement);
    });
    session.on('goaway', (code) => {
      entry.goaway = code;
      retire(entry);
    });
    session.on('error', (error: NodeJS.ErrnoException) => {
      fail(entry, lossOfError(error));
    });
    session.once('close', () => {
      entries.delete(entry);
      fail(entry, { kind: 'closed' });
    });
    return entry;
  }

  function retire(entry: Entry): void {
    entry.isRetired = true;
    if (entry.open === 0 && !entry.session.closed) entry.session.close();
  }

  /** Fails the requests that wait for a connection. Each may place the next one, which needs another connection. */
  function fail(entry: Entry, loss: Loss): void {
    entry.isRetired = true;
    for (const placement of entry.waiting.splice(0)) placement.fail(loss);
  }

  function connectSocket(): Socket {
    const { hostname, port, trust } = target;
    const socket = connectTls({
      host: hostname,
      port,
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
      ALPNProtocols: ['h2'],
      ...trust,
    });
    socket.once('secureConnect', () => {
      if (socket.alpnProtocol !== 'h2') socket.destroy(new Error('the server did not choose h2'));
    });
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) allClosed?.();
    });
    return socket;
  }

  return {
    hasRoom: () => withRoom() !== undefined,
    place,
    withdraw,
    close() {
      for (const { session } of entries) session.destroy();
      return new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else allClosed = resolve;
      });
    },
  };
}
