import { GenerateError, type GenerateErrorDetails } from './generate-error.ts';
import { startLimits } from './limits.ts';
import type { GenerateOptions } from './options.ts';
import { readStream } from './read-stream.ts';
import { prepare, refuseUrl, type Prepared, type SendRequest } from './request.ts';
import { isEventStream, readRefusal } from './response.ts';
import { createStop, type Stop } from './stop.ts';
import { takeTimers } from './timer.ts';

export interface Chunk {
  delta: string;
  /** The text so far, this chunk included. */
  text: string;
  isFinal: boolean;
}

/** A generation. It starts with the first read; leaving the loop cancels it. */
export interface Generation extends AsyncIterable<Chunk> {
  /** Resolves with the complete text. */
  text(): Promise<string>;
}

/** The pause before a retry without `Retry-After`; it doubles each time. */
const firstPauseMs = 1000;

/**
 * Requests a generation and yields its text as it arrives.
 *
 * @param url the endpoint, such as `http://127.0.0.1:8080/api/v1/ai/generate`
 * @throws TypeError for an invalid option, and from the loop or `text()` for a URL that `fetch` refuses
 * @throws GenerateError (from the loop or `text()`) with the text received so far
 */
export function generate(url: string | URL, options: GenerateOptions): Generation {
  const prepared = prepare(url, options);
  const start = (): AsyncGenerator<Chunk, void> => {
    const stop = createStop();
    const chunks = readChunks(prepared, stop, options.signal);
    const leave = chunks.return.bind(chunks, undefined);
    return Object.assign(chunks, {
      /** A plain generator would wait for its next chunk before it returns. */
      return(): Promise<IteratorResult<Chunk, void>> {
        stop.end('left');
        return leave();
      },
    });
  };
  return {
    [Symbol.asyncIterator]: start,
    async text() {
      let text = '';
      for await (const chunk of start()) text = chunk.text;
      return text;
    },
  };
}

async function* readChunks(
  { sendRequest, limits: limitsMs, resumes, retries }: Prepared,
  stop: Stop,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk, void> {
  const abort = () => stop.end('aborted');
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const timers = takeTimers();
  const limits = startLimits(limitsMs, timers, stop.end);
  let text = '';
  let chars = 0;
  let lastId: string | undefined;
  let pauseMs = firstPauseMs;
  try {
    limits.awaitText('first-chunk');
    for (;;) {
      try {
        if (stop.reason !== undefined) throw failure('cut', 'stopped');
        for await (const { delta, isFinal, id } of attempt(sendRequest, lastId, stop)) {
          const upTo = charsUpTo(id);
          if (upTo !== undefined && upTo <= chars && delta !== '') continue;
          chars += countChars(delta);
          if (upTo !== undefined && upTo !== chars) {
            throw failure('protocol', 'text is missing between two events');
          }
          lastId = id ?? lastId;
          text += delta;
          if (delta === '' && !isFinal) continue;
          limits.pause();
          if (isFinal) end();
          yield { delta, text, isFinal };
          if (isFinal) return;
          if (stop.reason !== undefined) throw failure('cut', 'stopped');
          limits.awaitText('idle');
        }
        return;
      } catch (thrown) {
        if (stop.reason === 'left') return;
        const error = toError(thrown, text, stop, signal);
        const waitMs = error.retryAfterMs ?? pauseMs;
        if (mayRetry(error) && retries > 0 && waitMs < limits.leftMs()) {
          retries -= 1;
          pauseMs *= 2;
          limits.awaitText('first-chunk', waitMs);
          await pause(waitMs);
        } else if (error.kind === 'cut' && lastId !== undefined && resumes > 0) {
          resumes -= 1;
        } else {
          throw error;
        }
      }
    }
  } finally {
    end();
  }

  /** Releases everything; the server sees the request end and stops its work. */
  function end(): void {
    stop.end('left');
    limits.stop();
    signal?.removeEventListener('abort', abort);
  }

  async function pause(ms: number): Promise<void> {
    let cancel: (() => void) | undefined;
    const wait = new Promise<void>((resolve) => {
      cancel = timers.after(ms, resolve);
    });
    await stop.race(wait).catch(() => {});
    cancel?.();
  }
}

/** Returns the length of the text after an event, from an id in the gateway's form. */
function charsUpTo(id: string | undefined): number | undefined {
  const [, chars] = /^(\d+)~/.exec(id ?? '') ?? [];
  return chars === undefined ? undefined : Number(chars);
}

/** Counts code points. */
function countChars(text: string): number {
  return Array.from(text).length;
}

/** Sends one request. Returns after the final message, or on 204: it was sent before. */
async function* attempt(sendRequest: SendRequest, lastId: string | undefined, stop: Stop) {
  const response = await sendRequest(lastId, stop);
  if (response.status === 204 && lastId !== undefined) return;
  if (!response.ok) throw await readRefusal(response, stop);
  const type = response.headers.get('Content-Type') ?? '';
  if (!isEventStream(type)) {
    const message = `expected an event stream, but the response has ${type || 'no content type'}`;
    throw failure('protocol', message);
  }
  if (response.body === undefined) {
    const message = 'fetch on this platform has no response.body; pass one that streams as `fetch`';
    throw failure('protocol', message);
  }
  for await (const part of response.body === null ? [] : readStream(response.body, stop)) {
    if (part.kind === 'malformed') throw failure('protocol', 'an event has unexpected data');
    if (part.kind === 'error') {
      const { code, details } = part;
      throw failure('generation', `${part.error}: ${details}`, { code, details });
    }
    if (part.kind === 'chunk') yield part;
    if (part.kind === 'chunk' && part.isFinal) return;
  }
  throw failure('cut', 'the stream ended before its final message');
}

function mayRetry({ kind, status, text }: GenerateError): boolean {
  return kind === 'http' && (status === 429 || status === 503) && text === '';
}

function failure(
  kind: GenerateError['kind'],
  message: string,
  known: Partial<GenerateErrorDetails> = {},
): GenerateError {
  return new GenerateError(kind, message, { text: '', ...known });
}

/** Converts anything that `attempt` throws into a `GenerateError` with the text received so far. */
function toError(
  thrown: unknown,
  text: string,
  { reason }: Stop,
  signal: AbortSignal | undefined,
): GenerateError {
  if (reason === 'aborted') {
    return failure('aborted', 'the generation was aborted', { text, cause: signal?.reason });
  }
  if (reason !== undefined && reason !== 'left') {
    return failure('timeout', `the ${reason} timeout passed`, { text, limit: reason });
  }
  if (thrown instanceof GenerateError) return Object.assign(thrown, { text });
  refuseUrl(thrown);
  return failure('cut', 'the connection was lost', { text, cause: thrown });
}
