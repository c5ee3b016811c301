import type { ServerHttp2Stream } from 'node:http2';

type Callback = (error?: Error | null) => void;

/** The writes to a stream, in their order. */
interface Writes {
  started: number;
  done: number;
  /** What waits for a number of writes to be done, in ascending order. */
  waiting: { number: number; callback: Callback }[];
}

const writesOf = new WeakMap<ServerHttp2Stream, Writes>();

/**
 * Counts the writes to a stream of HTTP/2 from now on, for `onceWritten`.
 *
 * On a socket an empty write calls back after those before it. On a stream of HTTP/2 it must not be used: where
 * Node combines it with earlier ones it frees their bytes before they are sent, and the client reads whatever is in
 * that memory by then (seen on Node 20 and 24).
 */
export function countWrites(stream: ServerHttp2Stream): void {
  const writes: Writes = { started: 0, done: 0, waiting: [] };
  writesOf.set(stream, writes);
  const write: typeof stream.write = stream.write.bind(stream);
  stream.write = (chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback) => {
    writes.started += 1;
    const then = typeof encoding === 'function' ? encoding : callback;
    const done: Callback = (error) => {
      writes.done += 1;
      callBack(writes, error);
      then?.(error);
    };
    return typeof encoding === 'string' ? write(chunk, encoding, done) : write(chunk, done);
  };
  stream.once('close', () => {
    writes.done = Number.POSITIVE_INFINITY;
    callBack(writes);
  });
}

/** Calls back when the system has taken what is written to a stream, or never will. */
export function onceWritten(stream: ServerHttp2Stream, callback: Callback): void {
  const writes = writesOf.get(stream);
  if (writes === undefined || writes.done >= writes.started) callback();
  else writes.waiting.push({ number: writes.started, callback });
}

function callBack(writes: Writes, error?: Error | null): void {
  const { waiting, done } = writes;
  while (waiting[0] !== undefined && waiting[0].number <= done) waiting.shift()?.callback(error);
}
