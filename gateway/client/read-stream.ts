import { createEventParser, type ServerSentEvent } from './event-parser.ts';

/** An event of a stream, understood. */
export type StreamPart =
  | { kind: 'chunk'; delta: string; isFinal: boolean; id: string | undefined }
  | { kind: 'error'; error: string; code: string; details: string }
  | { kind: 'ping' }
  /** The data is not what the interface says. */
  | { kind: 'malformed'; data: string };

/**
 * Reads the body of a stream. It takes named events and plain `data:` blocks alike, with and without
 * the space after the colon; an event that its blank line does not end is none (WHATWG HTML, 9.2.6).
 */
export async function* readStream(
  body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): AsyncGenerator<StreamPart> {
  let parts: StreamPart[] = [];
  const parse = createEventParser((event) => {
    const part = understand(event);
    if (part !== undefined) parts.push(part);
  });
  for await (const bytes of piecesOf(body)) {
    parse(bytes);
    const complete = parts;
    parts = [];
    yield* complete;
  }
}

/** Not every browser can iterate a stream yet. */
async function* piecesOf(
  body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (!('getReader' in body)) {
    yield* body;
    return;
  }
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** Undefined for an event of a name that the interface has not: it is to be ignored. */
function understand({ event, data, id }: ServerSentEvent): StreamPart | undefined {
  if (event !== 'message' && event !== 'error' && event !== 'ping') return undefined;
  if (event === 'ping') return { kind: 'ping' };
  const said = parseJson(data);
  if (event === 'message' && isText(said['delta']) && typeof said['isFinal'] === 'boolean') {
    return { kind: 'chunk', delta: said['delta'], isFinal: said['isFinal'], id };
  }
  // Of plain blocks an error has no name to be told by.
  if (isText(said['error']) && isText(said['code'])) {
    const details = isText(said['details']) ? said['details'] : '';
    return { kind: 'error', error: said['error'], code: said['code'], details };
  }
  return { kind: 'malformed', data };
}

function parseJson(data: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(data);
    return typeof said === 'object' && said !== null ? { ...said } : {};
  } catch {
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
