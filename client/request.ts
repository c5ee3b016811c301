import type { LimitsMs } from './limits.ts';
import { defaults, type GenerateOptions } from './options.ts';
import type { Stop } from './stop.ts';

/** Requests the generation, or the rest of it after the event with `lastId`. */
export type SendRequest = (lastId: string | undefined, stop: Stop) => Promise<Response>;

/** The validated options of a generation. */
export interface Prepared {
  sendRequest: SendRequest;
  limits: LimitsMs;
  resumes: number;
  retries: number;
}

/** @throws TypeError that names the invalid option */
export function prepare(url: string | URL, options: GenerateOptions): Prepared {
  // A call in JavaScript may have no options.
  const prompt: unknown = (options as GenerateOptions | undefined)?.prompt;
  if (typeof prompt !== 'string') refuse('prompt', 'a string', prompt);
  const { model, token, fetch = globalThis.fetch } = options;
  if (typeof fetch !== 'function') {
    throw new TypeError('fetch: this platform has none; pass one as an option');
  }
  const resumes = count('resume', options);
  const headers = headersOf(options.headers);
  const setDefault = (name: string, value: string) => {
    if (!headers.has(name)) headers.set(name, value);
  };
  setDefault('Accept', 'text/event-stream');
  setDefault('Content-Type', 'application/json');
  if (token !== undefined) setDefault('Authorization', `Bearer ${token}`);
  const body = JSON.stringify({ prompt, model, stream: true });
  // Resuming needs event ids, which a POST requests with its query.
  const address = resumes > 0 ? withIds(String(url)) : url;
  return {
    sendRequest(lastId, stop) {
      if (lastId !== undefined) headers.set('Last-Event-ID', bytesOf(lastId));
      return send(fetch, address, { method: 'POST', headers, body }, stop);
    },
    limits: {
      firstChunk: limit('firstChunkTimeoutMs', options),
      idle: limit('idleTimeoutMs', options),
      total: limit('totalTimeoutMs', options),
    },
    resumes,
    retries: count('retry', options),
  };
}

type NumberOption = keyof typeof defaults;

function limit(name: NumberOption, options: GenerateOptions): number {
  return check(name, options, 'a number of milliseconds (0 or Infinity for no limit)');
}

function count(name: NumberOption, options: GenerateOptions): number {
  return check(name, options, 'a whole number from 0', Math.floor);
}

/** Returns the value of an option, or its default; `round` leaves a valid one as it is. */
function check(
  name: NumberOption,
  options: GenerateOptions,
  meaning: string,
  round: (value: number) => number = Number,
): number {
  const value: unknown = options[name] ?? defaults[name];
  return typeof value === 'number' && value >= 0 && round(value) === value
    ? value
    : refuse(name, meaning, value);
}

function refuse(name: string, meaning: string, value: unknown): never {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new TypeError(`${name}: must be ${meaning}, not ${shown}`);
}

/**
 * Returns if an error of `fetch` is not about its URL. It decides itself, since only the `fetch` of a page takes
 * a relative one.
 * @throws TypeError with its reason
 */
export function refuseUrl(error: unknown): void {
  // Node has the port in `cause`.
  const [reason] = /bad port|.*URL.*/.exec([error, Object(error).cause].join('\n')) ?? [];
  if (reason) {
    const meaning = 'absolute outside a page, on an allowed port';
    throw new TypeError(`url: must be ${meaning}: ${reason}`, { cause: error });
  }
}

/** Copies pairs, since `fetch` does not recognise the `Headers` of a polyfill or of another realm. */
function headersOf(headers: GenerateOptions['headers'] = {}): Headers {
  return new Headers(
    Symbol.iterator in headers ? Array.from(headers, (pair) => [...pair]) : headers,
  );
}

/** Returns a header value with the UTF-8 bytes of an id, as `EventSource` sends it. */
function bytesOf(id: string): string {
  return String.fromCharCode(...new TextEncoder().encode(id));
}

/** Works on text, since `URL` needs a base for relative URLs. */
function withIds(url: string): string {
  const [address = ''] = url.split('#');
  return `${address}${address.includes('?') ? '&' : '?'}ids=true`;
}

/** Cancels a response that arrives after the stop, since a custom `fetch` may ignore its signal. */
async function send(
  fetch: typeof globalThis.fetch,
  url: string | URL,
  init: RequestInit,
  stop: Stop,
): Promise<Response> {
  const { signal } = stop;
  const request = fetch(url, { ...init, signal }).catch((error: unknown) => {
    // Under jsdom, Node's fetch may refuse the global AbortSignal.
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
