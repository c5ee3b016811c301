import { performance } from 'node:perf_hooks';

import { WebSocket, type RawData } from 'ws';

import { urlOfGet, type Exchange, type Gateway } from './client-above.ts';
import type { SeenEnd, SeenEvent, SeenResponse } from './seen.ts';

/**
 * Opens a WebSocket at the interface's path and records its messages as events: `event` and `data` of each are
 * those of its JSON (A6). A message that is no such JSON has the event `''`.
 * @throws the signal's reason
 */
export async function websocketExchange(
  gateway: Gateway,
  { prompt, limitMs, signal }: Pick<Exchange, 'prompt' | 'limitMs' | 'signal'>,
): Promise<SeenResponse> {
  signal.throwIfAborted();
  const url = urlOfGet(gateway, prompt);
  url.protocol = url.protocol.replace('http', 'ws');
  const startMs = performance.now();
  const now = (): number => performance.now() - startMs;
  const events: SeenEvent[] = [];
  let status: number | null = null;
  let headAtMs: number | null = null;
  let bytes = 0;
  const socket = new WebSocket(url, {
    headers: { ...gateway.headers },
    ...gateway.trust,
  });
  let limit: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const end = await new Promise<{ how: SeenEnd; problem: string }>((settle) => {
    limit = setTimeout(() => settle({ how: 'open', problem: '' }), limitMs);
    abort = () => settle({ how: 'left', problem: '' });
    signal.addEventListener('abort', abort);
    socket.on('open', () => {
      status = 101;
      headAtMs = now();
    });
    socket.on('unexpected-response', (_, response) => {
      status = response.statusCode ?? null;
      headAtMs = now();
      settle({ how: 'complete', problem: '' });
    });
    socket.on('message', (message: RawData, isBinary) => {
      const text = isBinary ? '' : textOf(message);
      events.push({ ...eventOf(text), atMs: now(), from: bytes, to: bytes + text.length });
      bytes += text.length;
    });
    socket.on('error', ({ message }) => settle({ how: 'refused', problem: message }));
    socket.on('close', (code) => settle({ how: code === 1006 ? 'cut' : 'complete', problem: '' }));
  });
  const endAtMs = now();
  clearTimeout(limit);
  if (abort !== undefined) signal.removeEventListener('abort', abort);
  socket.removeAllListeners();
  socket.on('error', () => {});
  socket.terminate();
  signal.throwIfAborted();
  const { how, problem } = end;
  return {
    status,
    headers: [],
    headAtMs,
    events,
    body: Buffer.alloc(0),
    bytes,
    end: how,
    endAtMs,
    problem,
  };
}

function textOf(message: RawData): string {
  if (Array.isArray(message)) return Buffer.concat(message).toString();
  return (message instanceof ArrayBuffer ? Buffer.from(message) : message).toString();
}

function eventOf(text: string): Pick<SeenEvent, 'event' | 'data' | 'json'> {
  try {
    const message: unknown = JSON.parse(text);
    const event: unknown = Reflect.get(Object(message), 'event');
    const data: unknown = Reflect.get(Object(message), 'data');
    if (typeof event === 'string') return { event, data: JSON.stringify(data), json: data };
  } catch {
    // Not JSON.
  }
  return { event: '', data: text, json: undefined };
}
