import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';

import { createEventParser } from '../../client/event-parser.ts';
import type { Decoded } from '../../proto/dialects/answer.ts';
import type { Dialect } from '../../proto/dialects/dialect.ts';
import { isEventStream } from '../../reports/sample.ts';
import type { BodyReader } from '../load/client/body-reader.ts';
import { userMessage } from '../../proto/parts.ts';
import { createDialectReader } from '../load/client/dialect-reader.ts';
import { explainTls } from '../load/preflight/explain-tls.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { speaksTls, tlsExpected } from '../load/target/tls-handshake.ts';
import { createRejection } from '../load/client/rejection.ts';
import { createStreamReader, type ReceivedEvent } from '../load/client/stream-reader.ts';
import {
  describeFormat,
  formatOfAnswer,
  formatOfEvent,
  kindOfBody,
  type FormatName,
} from '../load/preflight/recognise-format.ts';
import { chunkOf } from './chunk-of-event.ts';
import type { Recorder, RecordingRequest } from './recorder.ts';

/**
 * Records the stream of a server, in the specified format (A2, B2) or in a dialect; every event with content is
 * a chunk. Resolves after the final event.
 * @throws RehearsalError (recording) for a stream that did not complete, and the reason of the recorder's signal
 */
export async function recordSse(
  url: URL,
  request: RecordingRequest,
  recorder: Recorder,
): Promise<void> {
  const { signal } = recorder;
  let problem = `${url.origin} cannot be reached`;
  let status: number | undefined;
  try {
    const response = await post(url, request, signal);
    status = response.statusCode;
    problem = 'the connection broke';
    await readBody(response, url, request.dialect, recorder);
  } catch (error) {
    signal.throwIfAborted();
    const mayExpectTls = status === undefined || status === 400;
    if (url.protocol === 'http:' && mayExpectTls && (await speaksTls(url, signal)))
      throw recorder.failure(`${url.origin} ${tlsExpected}; write https://`);
    if (!(error instanceof Error) || error instanceof RehearsalError) throw error;
    const tls = url.protocol === 'https:' ? explainTls(error) : undefined;
    const cause = tls === undefined ? codeOf(error) : `${tls.finding}. ${tls.advice}`;
    throw recorder.failure(`${problem}: ${cause}`);
  }
}

/** Sends the request, and follows no redirect: the token may only go to the URL that the user named. */
function post(
  url: URL,
  recording: RecordingRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const body = JSON.stringify(bodyOf(recording));
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: 'POST',
      headers: { ...headersOf(recording), 'content-length': Buffer.byteLength(body) },
      agent: false,
      signal,
      ...recording.trust,
    });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

function headersOf({ dialect, token, headers }: RecordingRequest): Record<string, string> {
  const keyHeader = dialect?.keyHeader;
  const key =
    keyHeader === undefined ? { authorization: `Bearer ${token}` } : { [keyHeader]: token };
  return {
    accept: 'text/event-stream',
    'content-type': 'application/json',
    ...dialect?.requestHeaders,
    ...(token === undefined ? {} : key),
    ...headers,
  };
}

function bodyOf({ prompt, model, dialect, body }: RecordingRequest): object {
  const written = dialect?.writeRequest({
    messages: [userMessage(prompt)],
    model,
    id: 'recording',
    includesUsage: true,
  });
  return { ...(written ?? { prompt, model, stream: true }), ...body };
}

async function readBody(
  response: IncomingMessage,
  url: URL,
  dialect: Dialect | undefined,
  recorder: Recorder,
): Promise<void> {
  const { statusCode: status = 0 } = response;
  const contentType = response.headers['content-type'] ?? null;
  if (status < 200 || status > 299 || !isEventStream(contentType)) {
    throw recorder.failure(
      `the response is not a stream: ${await rejectionOf(response, url, dialect)}`,
    );
  }
  let errorText = '';
  const failed = (text: string) => void (errorText = text);
  const reader =
    dialect === undefined ? readSpecified(recorder, failed) : readIn(dialect, recorder, failed);
  const format = watchFormat(dialect);
  for await (const bytes of partsOf(response)) {
    format.feed(bytes);
    // The recorder has its own clock.
    reader.feed(bytes, 0);
    const { malformed, end } = reader.reading;
    const other = format.other();
    if (other !== undefined)
      throw recorder.failure(`the server answers in ${describeFormat(other)}`);
    if (malformed !== null) throw recorder.failure(`the stream breaks the protocol: ${malformed}`);
    if (end?.kind === 'error') throw recorder.failure(`the stream failed: ${errorText}`);
    if (end?.kind === 'final') return;
  }
  const final = dialect === undefined ? 'a final message' : dialect.finalEvent;
  throw recorder.failure(`the stream was cut: it ended without ${final}`);
}

function readSpecified(recorder: Recorder, failed: (text: string) => void): BodyReader {
  return createStreamReader((event) => {
    if (event.event === 'message') recorder.add({ text: event.data.delta });
    else failed(describeError(event.data));
  });
}

function readIn(dialect: Dialect, recorder: Recorder, failed: (text: string) => void): BodyReader {
  return createDialectReader(dialect, (pieces: readonly Decoded[]) => {
    const chunk = chunkOf(pieces);
    if (chunk !== undefined) recorder.add(chunk);
    for (const piece of pieces) {
      if (piece.type === 'finish') recorder.setEnding({ finishReason: piece.reason });
      if (piece.type === 'usage') recorder.setEnding({ usage: piece.usage });
      if (piece.type === 'error') failed([piece.kind, piece.message].filter(Boolean).join(': '));
    }
  });
}

/** Recognises the format of the first event that tells. */
function watchFormat(dialect: Dialect | undefined) {
  const own: FormatName = dialect?.name ?? 'specified';
  let format: FormatName | undefined;
  const parse = createEventParser((event) => {
    format ??= formatOfEvent(event);
  });
  return {
    feed(bytes: Uint8Array) {
      if (format === undefined) parse(bytes);
    },
    /** Returns the format if it is another one than that of the recording. */
    other: () => (format === own ? undefined : format),
  };
}

/** Returns status and cause of a response that is not a stream, and the format that it is in. */
async function rejectionOf(
  response: IncomingMessage,
  url: URL,
  dialect: Dialect | undefined,
): Promise<string> {
  const { statusCode: status = 0 } = response;
  const contentType = response.headers['content-type'] ?? null;
  const rejection = createRejection(status, contentType);
  const pieces: Uint8Array[] = [];
  for await (const bytes of partsOf(response)) {
    rejection.feed(bytes);
    pieces.push(bytes);
    if (rejection.full()) break;
  }
  const body = Buffer.concat(pieces).toString();
  const format = status >= 300 && status < 400 ? undefined : formatOfAnswer(body, url.pathname);
  const kind = status < 300 ? kindOfBody(contentType, body) : undefined;
  return [
    rejection.reason(),
    ...(kind === undefined ? [] : [`this is ${kind}`]),
    ...(format === undefined || format === dialect?.name
      ? []
      : [`it answers in ${describeFormat(format)}`]),
  ].join('; ');
}

function describeError({
  code,
  error,
  details,
}: Extract<ReceivedEvent, { event: 'error' }>['data']): string {
  return [code, error, details]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(': ');
}

/** Returns the code of a system error, or its message. */
function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

const partsOf = (response: IncomingMessage): AsyncIterable<Buffer> => response;
