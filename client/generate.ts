import { GenerateError, type GenerateErrorDetails } from './generate-error.ts';
import { startLimits } from './limits.ts';
import type { GenerateOptions } from './options.ts';
import { readStream } from './read-stream.ts';
import { prepare, type Ask, type Prepared } from './request.ts';
import { isEventStream, readRefusal } from './response.ts';
import { createStop, type Stop } from './stop.ts';
import { takeTimers } from './timer.ts';

export interface Chunk {
  delta: string;
  /** Everything up to and with it. */
  text: string;
  isFinal: boolean;
}

/** A generation under way. It starts with the first read of it; leaving the loop ends it. */
export interface Generation extends AsyncIterable<Chunk> {
  /** Waits for all of it. */
  text(): Promise<string>;
}

/** The pause before a refusal without `Retry-After` is retried; it doubles each time. */
const firstPauseMs = 1000;

/**
 * Requests a generation and yields its text as it comes.
 *
 * @param url of the interface, such as `http://127.0.0.1:8080/api/v1/ai/generate`
 * @throws TypeError for an option that cannot be used.
 * @throws GenerateError (from the loop, or `text()`) with all the text that came.
 */
export function generate(url: string | URL, options: GenerateOptions): Generation {
  const prepared = prepare(url, options);
  const start = (): AsyncGenerator<Chunk, void> => {
    const stop = createStop();
    const chunks = readChunks(prepared, stop, options.signal);
    return Object.assign(chunks, {
      /** A generator alone would wait for its next text before it returns. */
      return(): Promise<IteratorResult<Chunk, void>> {
        stop.end('left');
        return Object.getPrototypeOf(chunks).return.call(chunks);
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
  { ask, limits: limitsMs, resumes, retries }: Prepared,
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
        for await (const { delta, isFinal, id } of attempt(ask, lastId, stop)) {
          const upTo = charsUpTo(id);
          if (upTo !== undefined && upTo <= chars && delta !== '') continue;
          chars += countChars(delta);
          if (upTo !== undefined && upTo !== chars) throw failure('protocol', 'text is missing');
          lastId = id ?? lastId;
          text += delta;
          if (delta === '' && !isFinal) continue;
          limits.hold();
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

  /** Leaves nothing open; the end of the request tells the server that nobody reads on. */
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

/** How much text the stream has up to and with an event, where its id says so as the gateway's do. */
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

/** One request. It returns after the final message, or where the server says that one was sent (204). */
async function* attempt(ask: Ask, lastId: string | undefined, stop: Stop) {
  const response = await ask(lastId, stop);
  if (response.status === 204 && lastId !== undefined) return;
  if (!response.ok) throw await readRefusal(response, stop);
  const type = response.headers.get('Content-Type') ?? '';
  if (!isEventStream(type)) {
    throw failure('protocol', `the answer is no stream of events, but ${type || 'nothing'}`);
  }
  if (response.body === undefined) {
    throw failure('protocol', 'the fetch of this platform gives no stream (response.body)');
  }
  for await (const part of response.body === null ? [] : readStream(response.body, stop)) {
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

/** What was thrown, as the one error of a generation, with the text that came. */
function toError(
  thrown: unknown,
  text: string,
  { reason }: Stop,
  signal: AbortSignal | undefined,
): GenerateError {
  if (reason === 'aborted') {
    const cause: unknown = signal?.reason;
    return new GenerateError('aborted', 'the generation was aborted', { text, cause });
  }
  if (reason !== undefined && reason !== 'left') {
    const words = { 'first-chunk': 'no text came', idle: 'the text stopped', total: 'it took' };
    const message = `${words[reason]} for longer than the ${reason} limit`;
    return new GenerateError('timeout', message, { text, limit: reason });
  }
  if (thrown instanceof GenerateError) {
    const { kind, message, status, code, details, retryAfterMs } = thrown;
    return new GenerateError(kind, message, { text, status, code, details, retryAfterMs });
  }
  return new GenerateError('cut', 'the connection was lost', { text, cause: thrown });
}
