import { createEventParser, type ServerSentEvent } from './event-parser.ts';
import type { Stop } from './stop.ts';

/** What an event of a stream means. */
export type StreamPart =
  | { kind: 'chunk'; delta: string; isFinal: boolean; id: string | undefined }
  | { kind: 'error'; error: string; code: string; details: string }
  | { kind: 'ping' }
  /** Its data does not follow the interface. */
  | { kind: 'malformed'; data: string };

type Body = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/**
 * Reads the body of a stream with named events or plain `data:` blocks. An event without its blank line is
 * discarded (WHATWG HTML, 9.2.6). Leaving the loop, or the stop, cancels the body.
 */
export async function* readStream(body: Body, stop: Stop): AsyncGenerator<StreamPart> {
  let parts: StreamPart[] = [];
  const parse = createEventParser((event) => {
    const part = toStreamPart(event);
    if (part !== undefined) parts.push(part);
  });
  for await (const bytes of piecesOf(body, stop)) {
    parse(bytes);
    const complete = parts;
    parts = [];
    yield* complete;
  }
}

/** Some browsers cannot iterate a stream, and some `fetch` implementations return one without a reader. */
async function* piecesOf(body: Body, stop: Stop): AsyncGenerator<Uint8Array> {
  const { next, cancel } = 'getReader' in body ? readerOf(body) : iteratorOf(body);
  try {
    for (;;) {
      const { done, value } = await stop.race(next());
      if (done || value === undefined) return;
      yield value;
    }
  } finally {
    // Not awaited, since it may never settle.
    cancel()?.catch(() => {});
  }
}

function readerOf(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader();
  return { next: () => reader.read(), cancel: () => reader.cancel() };
}

function iteratorOf(body: AsyncIterable<Uint8Array>) {
  const iterator = body[Symbol.asyncIterator]();
  return { next: () => iterator.next(), cancel: () => iterator.return?.() };
}

/** Returns what an event means; undefined for events of other names, which clients ignore. */
export function toStreamPart({ event, data, id }: ServerSentEvent): StreamPart | undefined {
  if (event !== 'message' && event !== 'error' && event !== 'ping') return undefined;
  if (event === 'ping') return { kind: 'ping' };
  const json = parseJson(data);
  if (event === 'message' && isText(json['delta']) && typeof json['isFinal'] === 'boolean') {
    return { kind: 'chunk', delta: json['delta'], isFinal: json['isFinal'], id };
  }
  // An error in a plain block has no event name.
  if (isText(json['error']) && isText(json['code'])) {
    const details = isText(json['details']) ? json['details'] : '';
    return { kind: 'error', error: json['error'], code: json['code'], details };
  }
  return { kind: 'malformed', data };
}

function parseJson(data: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(data));
  } catch {
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
