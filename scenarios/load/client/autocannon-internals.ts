import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/**
 * As much of autocannon's own client (`autocannon/lib/httpClient` of 9.0.0, pinned) as the load
 * leans on. Nothing of it is documented or typed there: `autocannon-internals.test.ts` holds each
 * fact, so that an upgrade which changes one fails there and not in somebody's figures.
 *
 * Events: `headers` (ResponseHead) once the head of an answer is read, `body` (Buffer) for each
 * piece of a body with its transfer coding taken off, `response` at the body's end, `connError`
 * (Error) for an error of the socket, just before `_connect` is called.
 */
export interface AutocannonClient extends EventEmitter {
  /** The current socket; `_connect` replaces it, in its constructor call first of all. */
  conn: Socket;
  /** One for the client's whole life, though sockets come and go. */
  parser: ResponseParser;
  pipelinedRequests: RequestQueue;
  /** Connects and, at once, makes the first request. Called whenever a socket ends or errs. */
  _connect(): void;
  /** Writes the current request to `conn`. Called whenever a response is complete. */
  _doRequest(): void;
  /** Destroys `conn`, takes its `error` and `end` listeners off, empties the queue. */
  _destroyConnection(): void;
  /** Builds the current request anew: these headers over those of the options. */
  setHeaders(headers: Record<string, string>): void;
  /** Ends the client: no event, timer or socket after it. */
  destroy(): void;
}

/** Of http-parser-js, which autocannon reads responses with. */
interface ResponseParser {
  readonly type: string;
  /** Whether it met bytes that are not HTTP; `execute` then returns an error that autocannon drops. */
  readonly hadError: boolean;
  /** Forgets a half-read response and any error. */
  reinitialize(type: string): void;
}

/** The head of a response, as the event `headers` has it. */
export interface ResponseHead {
  statusCode: number;
  /** Name, value, name, value, …: as they were sent. */
  headers: string[];
  /** False where the connection ends with this response: closed by announcement or by its length. */
  shouldKeepAlive: boolean;
}

/** What the client remembers of the requests that wait for their answers. */
export interface RequestQueue {
  insertRequest(request: unknown): void;
  addByteCount(count: number): void;
  addBody(bytes: Buffer): void;
  setHeaders(head: ResponseHead): void;
  terminateRequest(): FinishedRequest | undefined;
  clear(): void;
}

/** Whatever the client reads of a request when its response is complete. */
export interface FinishedRequest {
  req: undefined;
  headers: { statusCode: number; headers: string[] };
  body: string;
  bytes: number;
  duration: number;
}

/** The options of a client that the load sets; they are cloned deeply. */
export interface AutocannonClientOptions {
  protocol: string;
  hostname: string;
  port: number;
  /** For the `Host` header: with the port where it is not the protocol's own. */
  host: string;
  path: string;
  method: 'POST';
  body: string;
  /** Seconds that a whole response may take. */
  timeout: number;
  /** Called in the constructor, before it connects. */
  setupClient(client: AutocannonClient): void;
}

const require = createRequire(import.meta.url);

interface AutocannonClientConstructor {
  /** Connects and sends the first request before it returns. */
  new (options: AutocannonClientOptions): AutocannonClient;
  readonly prototype: AutocannonClient;
}

// autocannon has no types for its parts; the interfaces above are what this one is held to.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const AutocannonClient = require('autocannon/lib/httpClient') as AutocannonClientConstructor;
