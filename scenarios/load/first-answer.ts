import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { urlToHttpOptions } from 'node:url';

import { isStreamed } from '../../reports/sample.ts';
import { createStreamReader, type Reading } from './client/stream-reader.ts';
import type { RequestTemplate } from './request.ts';

/** What came back for one request, up to its first event. */
export interface FirstAnswer {
  /** Of the socket, of TLS or of the HTTP parser; null where there was none. */
  error: { code: string; message: string } | null;
  /** Whether a connection was made, and for https a TLS session. */
  connected: boolean;
  status: number | null;
  contentType: string | null;
  location: string | null;
  /** The beginning of the body, or of what came in place of HTTP. */
  firstBytes: Buffer;
  /** What the body said; null where no stream came. */
  reading: Readonly<Reading> | null;
  /** Whether the time was over before the first event. */
  timedOut: boolean;
}

/** Far more than a message of an error shows. */
const keptBytes = 1024;

/** How long the rest of an error page may take. */
const pageLimitMs = 300;

/**
 * Sends one request of a load under a key of its own, and closes the connection after the first
 * event of the answer.
 * @param limitMs resolves with what came by then
 * @param insecure whether any certificate will do
 * @throws the signal's reason
 */
export function askOnce(
  url: URL,
  template: RequestTemplate,
  { limitMs, insecure, signal }: { limitMs: number; insecure: boolean; signal: AbortSignal },
): Promise<FirstAnswer> {
  signal.throwIfAborted();
  const answer: FirstAnswer = {
    error: null,
    connected: false,
    status: null,
    contentType: null,
    location: null,
    firstBytes: Buffer.alloc(0),
    reading: null,
    timedOut: false,
  };
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:';
    const request = (isSecure ? requestHttps : requestHttp)({
      ...urlToHttpOptions(url),
      method: 'POST',
      headers: {
        ...template.headersFor('preflight'),
        'content-length': Buffer.byteLength(template.body),
      },
      agent: false,
      rejectUnauthorized: !insecure,
    });
    const limit = setTimeout(() => {
      answer.timedOut = true;
      end();
    }, limitMs);
    let pageLimit: NodeJS.Timeout | undefined;
    const abort = () => end();
    signal.addEventListener('abort', abort, { once: true });

    function end(): void {
      clearTimeout(limit);
      clearTimeout(pageLimit);
      signal.removeEventListener('abort', abort);
      // An error of the connection that is closed here does not concern the answer.
      request.destroy();
      try {
        signal.throwIfAborted();
        resolve(answer);
      } catch (reason) {
        reject(reason);
      }
    }

    request.on('socket', (socket) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        answer.connected = true;
      });
    });
    request.on('error', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }) => {
      answer.error ??= { code: error.code ?? '', message: error.message };
      if (error.rawPacket !== undefined) answer.firstBytes = error.rawPacket.subarray(0, keptBytes);
      end();
    });
    request.on('response', (response) => {
      takeHead(answer, response);
      if (!isStreamed(answer)) pageLimit = setTimeout(end, pageLimitMs);
      const reader = isStreamed(answer) ? createStreamReader() : null;
      answer.reading = reader?.reading ?? null;
      response.on('data', (bytes: Buffer) => {
        if (answer.firstBytes.length < keptBytes) {
          const kept = bytes.subarray(0, keptBytes - answer.firstBytes.length);
          answer.firstBytes = Buffer.concat([answer.firstBytes, kept]);
        }
        reader?.feed(bytes, 0);
        if (reader === null ? answer.firstBytes.length === keptBytes : hasEvent(reader.reading))
          end();
      });
      response.on('close', end);
    });
    request.end(template.body);
  });
}

function takeHead(answer: FirstAnswer, { statusCode = 0, headers }: IncomingMessage): void {
  answer.status = statusCode;
  answer.contentType = headers['content-type'] ?? null;
  answer.location = headers.location ?? null;
}

/** Whether anything of the specified format came, or anything that breaks it. */
export function hasEvent({ messages, pings, end, malformed }: Reading): boolean {
  return messages > 0 || pings > 0 || end !== null || malformed !== null;
}
