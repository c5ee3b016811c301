import type { LimitsMs } from './limits.ts';
import { defaults, type GenerateOptions } from './options.ts';
import type { Stop } from './stop.ts';

/** Asks for the generation, or for the rest of it after an event that came. */
export type Ask = (lastId: string | undefined, stop: Stop) => Promise<Response>;

/** What a generation needs, checked. */
export interface Prepared {
  ask: Ask;
  limits: LimitsMs;
  resumes: number;
  retries: number;
}

/** @throws TypeError that names the option which cannot be used. */
export function prepare(url: string | URL, options: GenerateOptions): Prepared {
  const { prompt, model, token, fetch = globalThis.fetch } = options;
  if (typeof fetch !== 'function') throw new TypeError('fetch: this platform has none, give one');
  const resumes = count('resume', options.resume);
  const headers = headersOf(options.headers);
  const setUnlessGiven = (name: string, value: string) => {
    if (!headers.has(name)) headers.set(name, value);
  };
  setUnlessGiven('Accept', 'text/event-stream');
  setUnlessGiven('Content-Type', 'application/json');
  if (token !== undefined) setUnlessGiven('Authorization', `Bearer ${token}`);
  const body = JSON.stringify({ prompt, model, stream: true });
  // Only events with ids can be resumed, and a POST has them where its query asks.
  const address = resumes > 0 ? withIds(String(url)) : url;
  return {
    ask(lastId, stop) {
      if (lastId !== undefined) headers.set('Last-Event-ID', bytesOf(lastId));
      return send(fetch, address, { method: 'POST', headers, body }, stop);
    },
    limits: {
      firstChunk: limit('firstChunkTimeoutMs', options.firstChunkTimeoutMs),
      idle: limit('idleTimeoutMs', options.idleTimeoutMs),
      total: limit('totalTimeoutMs', options.totalTimeoutMs),
    },
    resumes,
    retries: count('retry', options.retry),
  };
}

function limit(name: keyof typeof defaults, value: unknown): number {
  return check(name, value, 'a number of milliseconds (0 or Infinity for no limit)');
}

function count(name: keyof typeof defaults, value: unknown): number {
  return check(name, value, 'how many times, 0 or more');
}

/** Returns the number that an option has, its default where it is undefined. */
function check(name: keyof typeof defaults, option: unknown, meaning: string): number {
  const value: unknown = option ?? defaults[name];
  if (typeof value === 'number' && value >= 0) return value;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new TypeError(`${name}: must be ${meaning}, not ${shown}`);
}

/** By pairs, since a `Headers` of a polyfill or of another realm is none to this one. */
function headersOf(headers: GenerateOptions['headers'] = {}): Headers {
  return new Headers(
    isIterable(headers) ? Array.from(headers, ([name, value]) => [name, value]) : headers,
  );
}

function isIterable(headers: object): headers is Iterable<readonly [string, string]> {
  return Symbol.iterator in headers;
}

/** As an EventSource writes an id into its header: the bytes of its UTF-8. */
function bytesOf(id: string): string {
  return String.fromCharCode(...new TextEncoder().encode(id));
}

/** Not by `URL`, which would have to know what a relative one is relative to. */
function withIds(url: string): string {
  const [address = ''] = url.split('#');
  return `${address}${address.includes('?') ? '&' : '?'}ids=true`;
}

/** An answer that comes after the stop is cancelled: a `fetch` need not heed its signal. */
async function send(
  fetch: typeof globalThis.fetch,
  url: string | URL,
  init: RequestInit,
  stop: Stop,
): Promise<Response> {
  const { signal } = stop;
  const request = fetch(url, { ...init, signal }).catch((error: unknown) => {
    // Under jsdom the global AbortSignal may be one that Node's fetch refuses.
    if (!signal.aborted && error instanceof Error && /AbortSignal/.test(error.message)) {
      return fetch(url, init);
    }
    throw error;
  });
  const response = await stop.race(request).catch(async (error: unknown) => {
    request.then(({ body }) => body?.cancel()).catch(() => {});
    throw error;
  });
  return response;
}
