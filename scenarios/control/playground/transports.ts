import { createEventParser, type ServerSentEvent } from '../../../client/event-parser.ts';
import { toStreamPart } from '../../../client/read-stream.ts';
import { isEventStream } from '../../../client/response.ts';
import { dialectNamed } from '../../../proto/dialects/index.ts';
import type { DialectName } from '../../../proto/dialects/dialect.ts';
import { generatePath } from '../../../proto/interface.ts';
import { userMessage } from '../../../proto/parts.ts';
import { bearer, withToken, type Format, type GenerationRequest } from './request.ts';

/** A piece of the answer. */
export type TextPart =
  | { kind: 'text' | 'reasoning'; text: string }
  /** Tool calls may take turns; their index tells them apart. */
  | { kind: 'toolCall'; text: string; index: number };

/** What a client learns from the stream, in the order of arrival. */
export type Part =
  | TextPart
  | { kind: 'error'; message: string }
  | { kind: 'final' | 'ping' | 'malformed' | 'reconnect' }
  /** An answer in place of a stream. */
  | { kind: 'refused'; message: string; retryAfterSec: number | undefined }
  /** The connection or the body ended; whether that is the end of the answer depends on the parts before. */
  | { kind: 'closed'; cause: string };

/** Receives what a transport reads. */
interface Listener {
  /** Raw text, as it arrives. */
  onFrame(text: string): void;
  onPart(part: Part): void;
}

/** Opens a stream; the returned function closes it, after which nothing it still reports counts. */
export function openStream(
  format: Format,
  request: GenerationRequest,
  listener: Listener,
): () => void {
  if (format === 'eventsource') return openByEventSource(request, listener);
  if (format === 'websocket') return openByWebSocket(request, listener);
  return openByFetch(format, request, listener);
}

/** A request of a format, and the reader of its events. */
interface Exchange {
  path: string;
  headers: Record<string, string>;
  body: unknown;
  partsOf(event: ServerSentEvent): Part[];
}

function specifiedExchange({ body, token }: GenerationRequest): Exchange {
  return { path: generatePath, headers: bearer(token), body, partsOf: specifiedParts };
}

function specifiedParts(event: ServerSentEvent): Part[] {
  const part = toStreamPart(event);
  if (part === undefined) return [];
  if (part.kind === 'error') {
    const { code, error, details } = part;
    return [{ kind: 'error', message: `${code}: ${error}${details && ` (${details})`}` }];
  }
  if (part.kind !== 'chunk') return [{ kind: part.kind }];
  const text: Part[] = part.delta === '' ? [] : [{ kind: 'text', text: part.delta }];
  return part.isFinal ? [...text, { kind: 'final' }] : text;
}

function dialectExchange(name: DialectName, { body, token }: GenerationRequest): Exchange {
  const { dialect, path } = dialectNamed(name);
  const { prompt, model = 'playground' } = body;
  const decoder = dialect.decoder();
  const key: Record<string, string> =
    token !== '' && dialect.keyHeader !== undefined
      ? { [dialect.keyHeader]: token }
      : bearer(token);
  return {
    path,
    headers: { ...dialect.requestHeaders, ...key },
    body: dialect.writeRequest({
      messages: [userMessage(prompt)],
      model,
      id: `play-${Date.now().toString(36)}`,
    }),
    partsOf({ event, data }) {
      if (event === 'ping') return [{ kind: 'ping' }];
      try {
        return decoder.event(event, data).flatMap((piece): Part[] => {
          switch (piece.type) {
            case 'text':
            case 'reasoning':
              return piece.text === '' ? [] : [{ kind: piece.type, text: piece.text }];
            case 'tool-call': {
              const { index, name: tool, arguments: given } = piece.fragment;
              return [{ kind: 'toolCall', index, text: tool === '' ? given : `${tool} ${given}` }];
            }
            case 'error':
              return [{ kind: 'error', message: `${piece.kind}: ${piece.message}` }];
            case 'end':
              return [{ kind: 'final' }];
            case 'finish':
            case 'usage':
              return [];
          }
        });
      } catch {
        return [{ kind: 'malformed' }];
      }
    },
  };
}

function openByFetch(
  format: 'fetch' | DialectName,
  request: GenerationRequest,
  listener: Listener,
): () => void {
  const stop = new AbortController();
  const exchange =
    format === 'fetch' ? specifiedExchange(request) : dialectExchange(format, request);
  readByFetch(exchange, request.query, listener, stop.signal).catch((error: unknown) => {
    const cause = error instanceof Error ? error.message : String(error);
    listener.onPart({ kind: 'closed', cause });
  });
  return () => stop.abort();
}

async function readByFetch(
  { path, headers, body, partsOf }: Exchange,
  query: URLSearchParams,
  { onFrame, onPart }: Listener,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(`${path}?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal,
  });
  const type = response.headers.get('Content-Type') ?? '';
  if (!response.ok || !isEventStream(type)) {
    const text = await response.text();
    onFrame(`HTTP ${response.status} ${type}\n\n${text}\n`);
    const retryAfter = response.headers.get('Retry-After');
    onPart({
      kind: 'refused',
      message: `HTTP ${response.status}: ${describeBody(text)}`,
      retryAfterSec: retryAfter === null ? undefined : Number(retryAfter),
    });
    return;
  }
  const decoder = new TextDecoder();
  const parse = createEventParser((event) => {
    for (const part of partsOf(event)) onPart(part);
  });
  const reader = response.body?.getReader();
  for (;;) {
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done || value === undefined) break;
    onFrame(decoder.decode(value, { stream: true }));
    parse(value);
  }
  onPart({ kind: 'closed', cause: 'the body ended' });
}

/** Returns the error of the gateway, or of a provider, in words. */
function describeBody(text: string): string {
  try {
    const body: Record<string, unknown> = JSON.parse(text);
    const { code, error, details } = body;
    if (typeof error !== 'object' || error === null) {
      return [code, error, details].filter(Boolean).join(', ');
    }
    const { type, message }: { type?: unknown; message?: unknown } = error;
    return [type, message].filter(Boolean).join(', ');
  } catch {
    return 'the body is not JSON';
  }
}

function openByEventSource(
  { query, body, token }: GenerationRequest,
  { onFrame, onPart }: Listener,
): () => void {
  const fields = { stream: 'true', ...body, ...Object.fromEntries(withToken(query, token)) };
  const source = new EventSource(`${generatePath}?${new URLSearchParams(fields)}`);
  for (const event of ['message', 'error', 'ping']) {
    // Connection errors of the EventSource itself are events without data.
    source.addEventListener(event, ({ data }: Event & { data?: unknown }) => {
      if (typeof data === 'string') {
        onFrame(`event: ${event}\ndata: ${data}\n\n`);
        for (const part of specifiedParts({ event, data, id: undefined })) onPart(part);
      } else if (source.readyState === EventSource.CLOSED) {
        onPart({
          kind: 'refused',
          message: 'an EventSource cannot see why: fetch can',
          retryAfterSec: undefined,
        });
      } else {
        onFrame(': the connection was lost; the browser reconnects\n\n');
        onPart({ kind: 'reconnect' });
      }
    });
  }
  return () => source.close();
}

function openByWebSocket(
  { query, body, token }: GenerationRequest,
  { onFrame, onPart }: Listener,
): () => void {
  const address = new URL(`${generatePath}?${withToken(query, token)}`, location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  const socket = new WebSocket(address);
  socket.addEventListener('open', () => socket.send(JSON.stringify(body)));
  socket.addEventListener('message', (message: MessageEvent<string>) => {
    onFrame(`${message.data}\n`);
    for (const part of webSocketParts(message.data)) onPart(part);
  });
  socket.addEventListener('close', ({ code }) =>
    onPart({ kind: 'closed', cause: `the WebSocket closed with code ${code}` }),
  );
  return () => socket.close();
}

/** A message has the event's name and data, both of which a fault may have broken. */
function webSocketParts(text: string): Part[] {
  try {
    const { event, data }: { event: string; data: unknown } = JSON.parse(text);
    const parts = specifiedParts({ event, data: JSON.stringify(data ?? null), id: undefined });
    if (parts.length > 0 || ['message', 'error', 'ping'].includes(event)) return parts;
  } catch {
    // Malformed, like a message of another event.
  }
  return [{ kind: 'malformed' }];
}
