import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { urlToHttpOptions } from 'node:url';

import { createEventParser } from '../../client/event-parser.ts';
import { isStreamed } from '../../reports/sample.ts';
import type { Reading } from './client/body-reader.ts';
import { formatOfEvent, type FormatName } from './recognise-format.ts';
import { preflightKey, type RequestTemplate } from './request.ts';
import { methodOf } from './transport.ts';
import type { Trust } from './trust.ts';

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

/**
 * Sends one request of a load with the key `preflight`, and closes the connection after the first event.
 * @param limitMs the time limit; the promise then resolves with what has been received
 * @throws the signal's reason
 */
export function requestOnce(
  url: URL,
  template: RequestTemplate,
  { limitMs, trust, signal }: { limitMs: number; trust: Trust; signal: AbortSignal },
): Promise<FirstResponse> {
  signal.throwIfAborted();
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
  return new Promise((resolve, reject) => {
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
    const limit = setTimeout(() => {
      first.timedOut = true;
      end();
    }, limitMs);
    let pageLimit: NodeJS.Timeout | undefined;
    const abort = () => end();
    signal.addEventListener('abort', abort, { once: true });

    function end(): void {
      clearTimeout(limit);
      clearTimeout(pageLimit);
      signal.removeEventListener('abort', abort);
      // An error of the connection after this does not matter.
      request.destroy();
      try {
        signal.throwIfAborted();
        resolve(first);
      } catch (reason) {
        reject(reason);
      }
    }

    request.on('socket', (socket) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        first.connected = true;
      });
    });
    request.on('error', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }) => {
      first.error ??= error;
      if (error.rawPacket !== undefined) first.firstBytes = error.rawPacket.subarray(0, keptBytes);
      end();
    });
    request.on('response', (response) => {
      takeHead(first, response);
      if (!isStreamed(first)) pageLimit = setTimeout(end, pageLimitMs);
      const reader = isStreamed(first) ? template.format.createReader() : null;
      first.reading = reader?.reading ?? null;
      const recognise = createEventParser((event) => {
        first.format ??= formatOfEvent(event) ?? null;
      });
      response.on('data', (bytes: Buffer) => {
        if (first.firstBytes.length < keptBytes) {
          const kept = bytes.subarray(0, keptBytes - first.firstBytes.length);
          first.firstBytes = Buffer.concat([first.firstBytes, kept]);
        }
        if (reader === null) {
          if (first.firstBytes.length === keptBytes) end();
          return;
        }
        reader.feed(bytes, 0);
        recognise(bytes);
        if (first.format !== null || hasEvent(reader.reading)) end();
      });
      response.on('close', end);
    });
    request.end(body);
  });
}

function takeHead(first: FirstResponse, { statusCode = 0, headers }: IncomingMessage): void {
  first.status = statusCode;
  first.contentType = headers['content-type'] ?? null;
  first.location = headers.location ?? null;
}

/** Whether an event of the load's format was received, or a malformed one. */
export function hasEvent({ messages, pings, end, malformed }: Reading): boolean {
  return messages > 0 || pings > 0 || end !== null || malformed !== null;
}
