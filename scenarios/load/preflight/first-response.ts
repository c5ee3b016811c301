import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { urlToHttpOptions } from 'node:url';

import { createEventParser } from '../../../client/event-parser.ts';
import type { HttpVersion } from '../../../reports/fingerprint.ts';
import { isStreamed } from '../../../reports/sample.ts';
import type { BodyReader, Reading } from '../client/body-reader.ts';
import { clientOpener } from '../client/open-client.ts';
import { agreeOnHttp } from '../target/http-version.ts';
import { formatOfEvent, type FormatName } from './recognise-format.ts';
import { preflightKey, type RequestTemplate } from '../request.ts';
import { targetOf } from '../target/target-of.ts';
import { methodOf } from '../transport.ts';
import type { Trust } from '../target/trust.ts';

/** The response to one request, up to its first event. */
export interface FirstResponse {
  /** An error of the socket, of TLS or of the HTTP parser. */
  error: (Error & { code?: string | undefined }) | null;
  /** Whether a connection was made, including the TLS session of https. */
  connected: boolean;
  status: number | null;
  contentType: string | null;
  location: string | null;
  /** The beginning of the body, or of the data if it is not HTTP. */
  firstBytes: Buffer;
  /** The events of the body, read in the format of the load; null without a stream. */
  reading: Readonly<Reading> | null;
  /** The format of the first event that tells; null without one. */
  format: FormatName | null;
  /** Whether the time limit ended it before the first event. */
  timedOut: boolean;
}

/** More than an error message shows. */
const keptBytes = 1024;

/** How long the body of an error page may take. */
const pageLimitMs = 300;

interface FirstResponseOptions {
  /** The time limit; the promise then resolves with what has been received. */
  limitMs: number;
  trust: Trust;
  signal: AbortSignal;
}

/**
 * Sends one request of a load with the key `preflight`, and closes the connection after the first event.
 * @throws the signal's reason
 */
export async function requestOnce(
  url: URL,
  template: RequestTemplate,
  { limitMs, trust, signal }: FirstResponseOptions,
): Promise<FirstResponse> {
  signal.throwIfAborted();
  const httpVersion = await agreeOnHttp(url, template, signal);
  signal.throwIfAborted();
  const isEngine = template.transport === 'websocket' || httpVersion === '2';
  const send = isEngine ? sendOverEngine(httpVersion) : sendOverHttp1;
  const first = await new Promise<FirstResponse>((resolve) => {
    const limit = setTimeout(() => {
      receiver.first.timedOut = true;
      end();
    }, limitMs);
    const receiver = receiveFirst(template, end);
    signal.addEventListener('abort', end, { once: true });
    const close = send(url, template, trust, receiver);

    function end(): void {
      clearTimeout(limit);
      receiver.stop();
      signal.removeEventListener('abort', end);
      // An error of the connection after this does not matter.
      close();
      resolve(receiver.first);
    }
  });
  signal.throwIfAborted();
  return first;
}

/** Takes the parts of a response until its first event. */
interface FirstReceiver {
  first: FirstResponse;
  connected(): void;
  head(status: number, contentType: string | null, location: string | null): void;
  body(bytes: Buffer): void;
  failed(error: NodeJS.ErrnoException & { rawPacket?: Buffer }): void;
  /** The response or its connection has ended. */
  ended(): void;
  stop(): void;
}

/** @param onEnough called when the response has shown what it is, perhaps more than once */
function receiveFirst(template: RequestTemplate, onEnough: () => void): FirstReceiver {
  const first: FirstResponse = {
    error: null,
    connected: false,
    status: null,
    contentType: null,
    location: null,
    firstBytes: Buffer.alloc(0),
    reading: null,
    format: null,
    timedOut: false,
  };
  let pageLimit: NodeJS.Timeout | undefined;
  let reader: BodyReader | null = null;
  const recognise = createEventParser((event) => {
    first.format ??= formatOfEvent(event) ?? null;
  });
  return {
    first,
    connected() {
      first.connected = true;
    },
    head(status, contentType, location) {
      Object.assign(first, { status, contentType, location });
      if (isStreamed(first)) reader = template.format.createReader();
      else pageLimit = setTimeout(onEnough, pageLimitMs);
      first.reading = reader?.reading ?? null;
    },
    body(bytes) {
      if (first.firstBytes.length < keptBytes) {
        const kept = bytes.subarray(0, keptBytes - first.firstBytes.length);
        first.firstBytes = Buffer.concat([first.firstBytes, kept]);
      }
      if (reader === null) {
        if (first.firstBytes.length === keptBytes) onEnough();
        return;
      }
      reader.feed(bytes, 0);
      if (template.transport !== 'websocket') recognise(bytes);
      if (first.format !== null || hasEvent(reader.reading)) onEnough();
    },
    failed(error) {
      first.error ??= error;
      if (error.rawPacket !== undefined) first.firstBytes = error.rawPacket.subarray(0, keptBytes);
      onEnough();
    },
    ended: onEnough,
    stop: () => clearTimeout(pageLimit),
  };
}

/** Sends the request over HTTP/1.1. Returns a function that closes its connection. */
function sendOverHttp1(
  url: URL,
  template: RequestTemplate,
  trust: Trust,
  receiver: FirstReceiver,
): () => void {
  const isSecure = url.protocol === 'https:';
  const options = urlToHttpOptions(url);
  const { path, headers, body } = template.requestFor(options.path ?? '/', preflightKey, null);
  const request = (isSecure ? requestHttps : requestHttp)({
    ...options,
    path,
    method: methodOf(template.transport),
    headers: { ...headers, ...(body !== '' && { 'content-length': Buffer.byteLength(body) }) },
    agent: false,
    ...trust,
  });
  request.on('socket', (socket) => {
    socket.once(isSecure ? 'secureConnect' : 'connect', receiver.connected);
  });
  request.on('error', receiver.failed);
  request.on('response', (response) => {
    const { statusCode = 0, headers: received } = response;
    receiver.head(statusCode, received['content-type'] ?? null, received.location ?? null);
    response.on('data', receiver.body);
    response.on('close', receiver.ended);
  });
  request.end(body);
  return () => request.destroy();
}

/** As {@link sendOverHttp1}, with the client that the load has for the transport. */
function sendOverEngine(httpVersion: HttpVersion): typeof sendOverHttp1 {
  return (url, template, trust, receiver) => {
    const { transport } = template;
    const target = targetOf(url, methodOf(transport), trust);
    const client = clientOpener(target, { transport, httpVersion })({
      connected: receiver.connected,
      head: (status, contentType) => receiver.head(status, contentType, null),
      body: receiver.body,
      complete: receiver.ended,
      lost(loss) {
        if (loss.kind === 'broken') receiver.failed(loss.error ?? new Error(loss.code));
        else if (loss.kind === 'garbled') receiver.failed(new Error(loss.reason));
        else receiver.ended();
      },
    });
    client.send(template.requestFor(target.path, preflightKey, null));
    return () => void client.close();
  };
}

/** Whether an event of the load's format was received, or a malformed one. */
export function hasEvent({ messages, pings, end, malformed }: Reading): boolean {
  return messages > 0 || pings > 0 || end !== null || malformed !== null;
}
