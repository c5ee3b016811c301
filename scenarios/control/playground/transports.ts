import { createEventParser } from '../../../client/event-parser.ts';
import { toStreamPart, type StreamPart } from '../../../client/read-stream.ts';
import { isEventStream } from '../../../client/response.ts';
import { generatePath } from '../../../proto/interface.ts';

/** A generation as the form asks for it, the same for every transport. */
export interface GenerationRequest {
  /** Scenario, key, seed, speed and fault. */
  query: URLSearchParams;
  /** Empty where none is needed. */
  token: string;
  body: { prompt: string; model?: string };
}

/** How a stream ended without a final message or an `error` event. */
export type Interruption = 'refused' | 'cut';

/** Receives what a transport reads. */
interface Listener {
  /** Raw text, as it arrives. */
  onFrame(text: string): void;
  onPart(part: StreamPart): void;
  /** @param cause in words */
  onInterruption(interruption: Interruption, cause: string): void;
}

/** Opens a stream; the returned function closes it, after which nothing it still reports counts. */
type Transport = (request: GenerationRequest, listener: Listener) => () => void;

export const transports = {
  fetch: openByFetch,
  eventsource: openByEventSource,
  websocket: openByWebSocket,
} satisfies Record<string, Transport>;

function openByFetch(request: GenerationRequest, listener: Listener): () => void {
  const stop = new AbortController();
  readByFetch(request, listener, stop.signal).catch((error: unknown) => {
    listener.onInterruption('cut', error instanceof Error ? error.message : String(error));
  });
  return () => stop.abort();
}

async function readByFetch(
  { query, body, token }: GenerationRequest,
  { onFrame, onPart, onInterruption }: Listener,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(`${generatePath}?${query}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
    signal,
  });
  const type = response.headers.get('Content-Type') ?? '';
  if (!response.ok || !isEventStream(type)) {
    const text = await response.text();
    onFrame(`HTTP ${response.status} ${type}\n\n${text}\n`);
    onInterruption('refused', `HTTP ${response.status}: ${describeBody(text)}`);
    return;
  }
  const decoder = new TextDecoder();
  const parse = createEventParser((event) => {
    const part = toStreamPart(event);
    if (part !== undefined) onPart(part);
  });
  const reader = response.body?.getReader();
  for (;;) {
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done || value === undefined) break;
    onFrame(decoder.decode(value, { stream: true }));
    parse(value);
  }
  onInterruption('cut', 'the body ended');
}

/** Returns the error of the gateway in words. */
function describeBody(text: string): string {
  try {
    const { code, error, details }: Record<string, unknown> = JSON.parse(text);
    return [code, error, details].filter(Boolean).join(', ');
  } catch {
    return 'the body is not JSON';
  }
}

function openByEventSource(
  { query, body, token }: GenerationRequest,
  { onFrame, onPart, onInterruption }: Listener,
): () => void {
  const fields = { stream: 'true', ...body, ...Object.fromEntries(withToken(query, token)) };
  const source = new EventSource(`${generatePath}?${new URLSearchParams(fields)}`);
  for (const event of ['message', 'error', 'ping']) {
    // Connection errors of the EventSource itself are events without data.
    source.addEventListener(event, ({ data }: Event & { data?: unknown }) => {
      if (typeof data === 'string') {
        onFrame(`event: ${event}\ndata: ${data}\n\n`);
        const part = toStreamPart({ event, data, id: undefined });
        if (part !== undefined) onPart(part);
      } else if (source.readyState === EventSource.CLOSED) {
        onInterruption('refused', 'an EventSource cannot see the status: try fetch');
      } else {
        onFrame(': the connection was lost; the browser reconnects\n\n');
      }
    });
  }
  return () => source.close();
}

function openByWebSocket(
  { query, body, token }: GenerationRequest,
  { onFrame, onPart, onInterruption }: Listener,
): () => void {
  const address = new URL(`${generatePath}?${withToken(query, token)}`, location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  const socket = new WebSocket(address);
  socket.addEventListener('open', () => socket.send(JSON.stringify(body)));
  socket.addEventListener('message', (message: MessageEvent<string>) => {
    onFrame(`${message.data}\n`);
    onPart(readMessage(message.data));
  });
  socket.addEventListener('close', ({ code }) =>
    onInterruption('cut', `the WebSocket closed with code ${code}`),
  );
  return () => socket.close();
}

/** A message has the event's name and data, both of which a fault may have broken. */
function readMessage(text: string): StreamPart {
  try {
    const { event, data }: { event: string; data: unknown } = JSON.parse(text);
    const part = toStreamPart({ event, data: JSON.stringify(data ?? null), id: undefined });
    if (part !== undefined) return part;
  } catch {
    // Malformed, like a message of another event.
  }
  return { kind: 'malformed', data: text };
}

/** Neither an EventSource nor a WebSocket of a page can send an Authorization header. */
export function withToken(query: URLSearchParams, token: string): URLSearchParams {
  const fields = new URLSearchParams(query);
  if (token !== '') fields.set('token', token);
  return fields;
}
