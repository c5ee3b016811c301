import { GenerateError, type GenerateErrorDetails } from './generate-error.ts';
import { startLimits, type Limits } from './limits.ts';
import { readStream } from './read-stream.ts';

export interface GenerateOptions {
  prompt: string;
  model?: string | undefined;
  /** Sent as `Authorization: Bearer …`. */
  token?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the generation; the server stops its work. */
  signal?: AbortSignal | undefined;
  /** From a request to its first text; 30 s. */
  firstChunkTimeoutMs?: number | undefined;
  /** Without any text, whatever else may come; 30 s. */
  idleTimeoutMs?: number | undefined;
  /** The whole generation; 2 minutes, as the server has it. */
  totalTimeoutMs?: number | undefined;
  /**
   * How often a stream that is cut may be gone on with where it was; never, where nothing is said. It has
   * the request go by GET, and then the events' ids also tell text that came twice, or not at all.
   */
  resume?: number | undefined;
  /**
   * How often a 429 or a 503 may be asked again, after the time that it names; never, where nothing is
   * said, nor where that time is longer than what is left of the total.
   */
  retry?: number | undefined;
  /** In place of the platform's own. */
  fetch?: typeof fetch | undefined;
}

export interface Chunk {
  delta: string;
  /** Everything up to and with it. */
  text: string;
  isFinal: boolean;
}

/** A generation under way. It starts with the first look at it, and leaving the loop ends it. */
export interface Generation extends AsyncIterable<Chunk> {
  /** Waits for all of it. */
  text(): Promise<string>;
}

const defaults = { firstChunkMs: 30_000, idleMs: 30_000, totalMs: 120_000 };

/** Where a refusal names no time: so long, and twice as long each time. */
const firstPauseMs = 1000;

/**
 * Asks for a generation and gives its text as it comes.
 *
 * @param url of the interface, such as `http://127.0.0.1:8080/api/v1/ai/generate`
 * @throws GenerateError (from the loop, or `text()`) with everything that had come.
 */
export function generate(url: string | URL, options: GenerateOptions): Generation {
  const chunks = () => chunksOf(url, options);
  return {
    [Symbol.asyncIterator]: chunks,
    async text() {
      let text = '';
      for await (const chunk of chunks()) text = chunk.text;
      return text;
    },
  };
}

async function* chunksOf(url: string | URL, options: GenerateOptions): AsyncGenerator<Chunk> {
  const limits = startLimits({
    firstChunk: options.firstChunkTimeoutMs ?? defaults.firstChunkMs,
    idle: options.idleTimeoutMs ?? defaults.idleMs,
    total: options.totalTimeoutMs ?? defaults.totalMs,
  });
  const left = new AbortController();
  const signals = [left.signal, limits.signal, ...(options.signal ? [options.signal] : [])];
  const signal = AbortSignal.any(signals);
  let text = '';
  let chars = 0;
  let lastId: string | undefined;
  let [retries, resumes] = [options.retry ?? 0, options.resume ?? 0];
  let pauseMs = firstPauseMs;
  try {
    for (;;) {
      try {
        for await (const { delta, isFinal, id } of attempt(url, options, lastId, signal)) {
          const upTo = charsUpTo(id);
          if (upTo !== undefined && upTo <= chars && delta !== '') continue;
          chars += countChars(delta);
          if (upTo !== undefined && upTo !== chars) throw failure('protocol', 'text is missing');
          lastId = id ?? lastId;
          text += delta;
          if (delta !== '') limits.textCame();
          if (delta !== '' || isFinal) yield { delta, text, isFinal };
          if (isFinal) return;
        }
        return;
      } catch (thrown) {
        const error = toError(thrown, text, limits, options.signal);
        const waitMs = error.retryAfterMs ?? pauseMs;
        if (mayRetry(error) && retries > 0 && waitMs < limits.leftMs()) {
          retries -= 1;
          pauseMs *= 2;
          limits.putOffFirstChunk(waitMs);
          await pause(waitMs, signal).catch(() => {
            throw toError(signal.reason, text, limits, options.signal);
          });
        } else if (error.kind === 'cut' && lastId !== undefined && resumes > 0) {
          resumes -= 1;
        } else {
          throw error;
        }
      }
    }
  } finally {
    limits.stop();
    // Whoever leaves the loop wants no more: the server is told by the end of the request.
    left.abort();
  }
}

/** How much text the stream has up to and with an event, where its id tells as the gateway's do. */
function charsUpTo(id: string | undefined): number | undefined {
  const [, chars] = /^(\d+)~/.exec(id ?? '') ?? [];
  return chars === undefined ? undefined : Number(chars);
}

/** In code points. */
function countChars(text: string): number {
  let chars = 0;
  for (const _ of text) chars += 1;
  return chars;
}

/** One request. It ends well after the final message, or where the server says that there was one (204). */
async function* attempt(
  url: string | URL,
  options: GenerateOptions,
  lastId: string | undefined,
  signal: AbortSignal,
) {
  const response = await ask(url, options, lastId, signal);
  if (response.status === 204) return;
  if (!response.ok) throw await refusalOf(response);
  const type = response.headers.get('Content-Type') ?? '';
  if (!/^text\/event-stream\b/i.test(type) || response.body === null) {
    throw failure('protocol', `the answer is no stream of events, but ${type || 'nothing'}`);
  }
  for await (const part of readStream(response.body)) {
    if (part.kind === 'malformed') throw failure('protocol', 'an event is not what it should be');
    if (part.kind === 'error') {
      const { code, details } = part;
      throw failure('generation', `${part.error}: ${details}`, { code, details });
    }
    if (part.kind === 'chunk') yield part;
    if (part.kind === 'chunk' && part.isFinal) return;
  }
  throw failure('cut', 'the stream ended before its final message');
}

/** By GET where it may have to be resumed: only then events have ids. */
function ask(
  url: string | URL,
  { prompt, model, token, headers, resume = 0, fetch = globalThis.fetch }: GenerateOptions,
  lastId: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const sent = {
    Accept: 'text/event-stream',
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    ...(lastId === undefined ? {} : { 'Last-Event-ID': lastId }),
    ...headers,
  };
  const asked = { prompt, ...(model === undefined ? {} : { model }) };
  if (resume > 0) {
    // Not by `URL`, which would have to know what a relative one is relative to.
    const query = new URLSearchParams({ stream: 'true', ...asked }).toString();
    const separator = String(url).includes('?') ? '&' : '?';
    return fetch(`${String(url)}${separator}${query}`, { headers: sent, signal });
  }
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...sent },
    body: JSON.stringify({ ...asked, stream: true }),
    signal,
  });
}

async function refusalOf(response: Response): Promise<GenerateError> {
  const body: unknown = await response.json().catch(() => null);
  const said = typeof body === 'object' && body !== null ? { ...body } : {};
  const textOf = (name: string) => {
    const value: unknown = Reflect.get(said, name);
    return typeof value === 'string' ? value : undefined;
  };
  const { status } = response;
  const details = textOf('details');
  return failure('http', [`HTTP ${status}`, textOf('error'), details].filter(Boolean).join(': '), {
    status,
    code: textOf('code'),
    details,
    retryAfterMs: retryAfterMs(response.headers.get('Retry-After')),
  });
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function mayRetry({ kind, status, text }: GenerateError): boolean {
  return kind === 'http' && (status === 429 || status === 503) && text === '';
}

function failure(
  kind: GenerateError['kind'],
  message: string,
  known: Omit<GenerateErrorDetails, 'text'> = {},
): GenerateError {
  return new GenerateError(kind, message, { text: '', ...known });
}

/** Whatever was thrown, with the text that had come. */
function toError(
  thrown: unknown,
  text: string,
  limits: Limits,
  signal: AbortSignal | undefined,
): GenerateError {
  if (signal?.aborted) {
    return new GenerateError('aborted', 'the generation was aborted', { text, cause: thrown });
  }
  if (limits.signal.aborted) {
    const limit: GenerateError['limit'] = limits.signal.reason;
    const words = { 'first-chunk': 'no text came', idle: 'the text stopped', total: 'it took' };
    const message = `${words[limit ?? 'total']} for longer than the ${limit} limit`;
    return new GenerateError('timeout', message, { text, limit });
  }
  if (thrown instanceof GenerateError) {
    const { kind, message, status, code, details, retryAfterMs } = thrown;
    return new GenerateError(kind, message, { text, status, code, details, retryAfterMs });
  }
  return new GenerateError('cut', 'the connection was lost', { text, cause: thrown });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
