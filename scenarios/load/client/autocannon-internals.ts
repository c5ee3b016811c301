import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';

// @ts-expect-error -- autocannon has no types for its parts
import httpClient from 'autocannon/lib/httpClient.js';

/**
 * The parts of autocannon's client (`autocannon/lib/httpClient` of 9.0.0, pinned) that the load relies
 * on. They are neither documented nor typed there. `autocannon-internals.test.ts` tests each fact, so an
 * upgrade that changes one fails that test instead of distorting figures.
 *
 * Events: `headers` (ResponseHead) after the head of a response, `body` (Buffer) for each part of a body
 * without its transfer coding, `response` at the end of the body, `connError` (Error) for a socket error,
 * just before `_connect` is called.
 */
export interface AutocannonClient extends EventEmitter {
  /** The current socket; `_connect` replaces it, also when the constructor calls it. */
  conn: Socket;
  /** One parser for the life of the client, over all its sockets. */
  parser: ResponseParser;
  pipelinedRequests: RequestQueue;
  /** A deep copy of the constructor's, in which objects of Node do not work. */
  opts: { tlsOptions: { secureContext?: SecureContext; ALPNProtocols?: string[] } };
  /** Connects and immediately sends the first request. Called when a socket ends or fails. */
  _connect(): void;
  /** Writes the current request to `conn`. Called when a response is complete. */
  _doRequest(): void;
  /** Destroys `conn`, removes its `error` and `end` listeners, empties the queue. */
  _destroyConnection(): void;
  /** Replaces the requests that the client sends in turn; path, headers and body override those of the options. */
  setRequests(requests: { path: string; headers: Record<string, string>; body: string }[]): void;
  /** Ends the client; no event, timer or socket remains. */
  destroy(): void;
}

/** The parser of http-parser-js, with which autocannon reads responses. */
interface ResponseParser {
  readonly type: string;
  /** Whether the data was not HTTP; `execute` then returns an error that autocannon ignores. */
  readonly hadError: boolean;
  /** Discards a partial response and any error. */
  reinitialize(type: string): void;
}

/** The head of a response: the argument of the event `headers`. */
export interface ResponseHead {
  statusCode: number;
  /** Name, value, name, value, …: as sent. */
  headers: string[];
  /** False if the connection ends with this response: by `Connection: close`, or without a length. */
  shouldKeepAlive: boolean;
}

/** The client's queue of requests without a response. */
export interface RequestQueue {
  insertRequest(request: unknown): void;
  addByteCount(count: number): void;
  addBody(bytes: Buffer): void;
  setHeaders(head: ResponseHead): void;
  terminateRequest(): FinishedRequest | undefined;
  clear(): void;
}

/** The fields that the client reads when a response is complete. */
export interface FinishedRequest {
  req: undefined;
  headers: { statusCode: number; headers: string[] };
  body: string;
  bytes: number;
  duration: number;
}

/** The client options that the load sets; autocannon clones them deeply. */
export interface AutocannonClientOptions {
  protocol: string;
  hostname: string;
  port: number;
  /** The `Host` header: with the port unless it is the protocol's default. */
  host: string;
  path: string;
  method: 'GET' | 'POST';
  body: string;
  /** In seconds, for a complete response. */
  timeout: number;
  /** Called in the constructor, before it connects. */
  setupClient(client: AutocannonClient): void;
}

interface AutocannonClientConstructor {
  /** Connects and sends the first request before it returns. */
  new (options: AutocannonClientOptions): AutocannonClient;
  readonly prototype: AutocannonClient;
}

// autocannon-internals.test.ts tests the interfaces above.
export const AutocannonClient: AutocannonClientConstructor = httpClient;
