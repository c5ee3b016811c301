import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { performance } from 'node:perf_hooks';

import { explainTls } from '../load/preflight/explain-tls.ts';
import type { Trust } from '../load/target/trust.ts';
import type { ProbeAct, ProbeRequest } from './probe.ts';
import { createEventsReader, longestEventChars } from './read-events.ts';
import type { SeenEnd, SeenResponse } from './seen.ts';

/** The gateway under test, and how to ask it. */
export interface Gateway {
  /** The URL of the interface. */
  url: URL;
  /** Of every request, by lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** Which of its certificates are accepted. */
  trust: Trust;
  /** Returns the body of a POST, by default the specified one (A2). */
  bodyOf?: (prompt: string, fields: Readonly<Record<string, unknown>>) => object;
}

export interface Exchange {
  request: Exclude<ProbeRequest, { via: 'websocket' }>;
  act: ProbeAct;
  prompt: string;
  limitMs: number;
  signal: AbortSignal;
  /** Resolves when a client that stopped reading goes on. */
  whileNotReading?: (untilQuietMs: number) => Promise<void>;
  /** Carries the connections; a new one for each exchange by default. */
  connections?: Connections;
}

/** Connections that several exchanges share. */
export type Connections = HttpAgent;

export const model = 'gpt-4';

/** How much of a body is kept for a report. */
const keptBytes = 65_536;

export function openConnections({ url }: Gateway, most: number): Connections {
  const options = { keepAlive: true, maxSockets: most };
  return url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}

/** Returns the URL of a GET (A3). */
export function urlOfGet({ url, headers }: Gateway, prompt: string): URL {
  const get = new URL(url);
  get.searchParams.set('stream', 'true');
  get.searchParams.set('prompt', prompt);
  get.searchParams.set('model', model);
  const token = /^Bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
  if (token !== undefined) get.searchParams.set('token', token);
  return get;
}

/**
 * Sends one request and records what comes back. Never rejects for what the gateway does.
 * @throws the signal's reason
 */
export async function exchange(gateway: Gateway, options: Exchange): Promise<SeenResponse> {
  const { request, act, prompt, limitMs, signal } = options;
  signal.throwIfAborted();
  const connections = options.connections ?? openConnections(gateway, 1);
  const body = request.via === 'post' ? bodyOf(gateway, request, prompt) : undefined;
  const url = request.via === 'get' ? urlOfGet(gateway, prompt) : gateway.url;
  const startMs = performance.now();
  const now = (): number => performance.now() - startMs;

  let status: number | null = null;
  let headers: SeenResponse['headers'] = [];
  let headAtMs: number | null = null;
  const pieces: Uint8Array[] = [];
  let end: SeenEnd | undefined;
  let endAtMs = 0;
  let problem = '';
  const finish = (how: SeenEnd, words = ''): void => {
    if (end !== undefined) return;
    end = how;
    endAtMs = now();
    problem = words;
  };

  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const outgoing = send(url, {
    method: request.via === 'post' ? 'POST' : 'GET',
    agent: connections,
    ...gateway.trust,
    headers: {
      accept: 'text/event-stream',
      ...gateway.headers,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    },
  });
  const give = (how: SeenEnd): void => {
    finish(how);
    outgoing.destroy();
  };
  const limit = setTimeout(() => give('open'), limitMs);
  const abort = (): void => give('left');
  signal.addEventListener('abort', abort);

  let leaving: NodeJS.Timeout | undefined;
  const reader = createEventsReader(() => {
    if (act.act !== 'leave') return;
    leaving ??= setTimeout(() => give('left'), act.afterFirstMs);
  });

  const readBody = async (response: IncomingMessage): Promise<void> => {
    const closed = new Promise((resolve) => response.once('close', resolve));
    let kept = 0;
    response.on('data', (piece: Buffer) => {
      if (!reader.feed(piece, now())) {
        finish('cut', `an event of more than ${longestEventChars} characters`);
        outgoing.destroy();
        return;
      }
      if (kept >= keptBytes) return;
      pieces.push(piece.subarray(0, keptBytes - kept));
      kept += piece.length;
    });
    response.on('error', ({ message }: NodeJS.ErrnoException & Error) => {
      finish(/ECONNRESET/.test(message) ? 'reset' : 'cut', message);
    });
    if (act.act === 'stop reading') {
      response.pause();
      await options.whileNotReading?.(act.untilQuietMs);
      response.resume();
    }
    if (!response.closed) await closed;
    finish(response.complete ? 'complete' : 'cut');
  };

  try {
    outgoing.end(body);
    const response = await responseTo(outgoing).catch((error: unknown) => {
      finish('refused', describeFailure(error));
    });
    if (response !== undefined) {
      ({ statusCode: status = null } = response);
      headers = pairs(response.rawHeaders);
      headAtMs = now();
      await readBody(response);
    }
  } finally {
    clearTimeout(limit);
    clearTimeout(leaving);
    signal.removeEventListener('abort', abort);
    if (options.connections === undefined) connections.destroy();
  }
  signal.throwIfAborted();
  return {
    status,
    headers,
    headAtMs,
    events: reader.events,
    body: Buffer.concat(pieces),
    bytes: reader.bytes,
    end: end ?? 'cut',
    endAtMs,
    problem,
  };
}

/** Says in words why a connection failed, with what to do about a certificate. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const tls = explainTls(error);
  return tls === undefined ? error.message : `${tls.finding}. ${tls.advice}`;
}

/** Resolves with the response; an error after it belongs to the response. */
function responseTo(outgoing: ReturnType<typeof httpRequest>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject);
  });
}

function bodyOf(
  { bodyOf: write = specifiedBody }: Gateway,
  { fields = {}, rawBody }: Extract<ProbeRequest, { via: 'post' }>,
  prompt: string,
): string {
  return rawBody ?? JSON.stringify(write(prompt, fields));
}

const specifiedBody: NonNullable<Gateway['bodyOf']> = (prompt, fields) => ({
  prompt,
  model,
  stream: true,
  ...fields,
});

function pairs(raw: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [
    raw[index * 2] ?? '',
    raw[index * 2 + 1] ?? '',
  ]);
}
