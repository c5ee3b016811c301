import { connect, type Socket } from 'node:net';

import { dueMs, word, type Schedule } from './schedule.ts';

/** How a server under test is asked for a stream, and how the text is found in what it answers. */
export interface Dialect {
  path: string;
  /** Of the request, as JSON. */
  body: string;
  /** What stands right before the text of an event, up to the quote that opens it. */
  before: string;
}

export interface LeanClientOptions {
  port: number;
  dialect: Dialect;
  schedule: Schedule;
}

/** What was seen of all streams between `measure` and `take`. */
interface LeanFigures {
  /** Events with text. */
  events: number;
  /** Words in them. */
  words: number;
  /** Of each event: milliseconds from when its first word was due to when it was read. */
  latenessMs: number[];
  /** The same, less what the first word of its stream was late: what came on top on the way. */
  driftMs: number[];
}

/**
 * A load client that does the least there is to do with a stream, so that it is not what is measured:
 * plain sockets, one buffer for all of them, no JSON; for each event its text is found and its length
 * counted.
 */
export interface LeanClient {
  /** Connects and asks. */
  open(): void;
  /** From each request to its first word, less what the schedule says, in milliseconds; of all streams. */
  firstLatenessMs: readonly number[];
  /** Streams that broke off, were refused or ended before their last word. */
  broken(): number;
  measure(): void;
  take(): LeanFigures;
  close(): void;
}

const readBufferBytes = 64 * 1024;

export function createLeanClient({ port, dialect, schedule }: LeanClientOptions): LeanClient {
  const request = requestOf(dialect);
  const buffer = Buffer.alloc(readBufferBytes);
  const before = Buffer.from(dialect.before);
  const sockets = new Set<Socket>();
  const firstLatenessMs: number[] = [];
  let figures: LeanFigures | undefined;
  let brokenStreams = 0;
  let closing = false;

  return {
    firstLatenessMs,
    open() {
      let askedAtMs = 0;
      let words = 0;
      let firstLateMs = 0;
      /** Of the block read before, where it ended within an event. */
      let carried: Buffer | undefined;

      const read = (length: number): void => {
        const nowMs = performance.now();
        const fresh = buffer.subarray(0, length);
        const bytes = carried === undefined ? fresh : Buffer.concat([carried, fresh]);
        let rest = 0;
        for (;;) {
          const found = bytes.indexOf(before, rest);
          if (found < 0) break;
          const from = found + before.length;
          const to = bytes.indexOf(quote, from);
          if (to < 0) break;
          rest = to;
          if (to > from) take((to - from) / word.length, nowMs);
        }
        // What is carried is a copy: the buffer is every socket's.
        const tail = bytes.subarray(Math.max(rest, bytes.lastIndexOf(lineEnd) + 1));
        carried = tail.length === 0 ? undefined : Buffer.from(tail);
      };

      const take = (count: number, nowMs: number): void => {
        const lateMs = nowMs - askedAtMs - dueMs(schedule, words);
        if (words === 0) {
          firstLateMs = lateMs;
          firstLatenessMs.push(lateMs);
        }
        words += count;
        if (figures === undefined) return;
        figures.events += 1;
        figures.words += count;
        figures.latenessMs.push(lateMs);
        figures.driftMs.push(lateMs - firstLateMs);
      };

      const socket: Socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer,
          callback(length) {
            read(length);
            return true;
          },
        },
      });
      sockets.add(socket);
      socket.once('connect', () => {
        askedAtMs = performance.now();
        socket.write(request);
      });
      // What follows an error is its close.
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        if (!closing && words < schedule.words) brokenStreams += 1;
      });
    },
    broken: () => brokenStreams,
    measure() {
      figures = noFigures();
    },
    take() {
      const taken = figures ?? noFigures();
      figures = undefined;
      return taken;
    },
    close() {
      closing = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

function noFigures(): LeanFigures {
  return { events: 0, words: 0, latenessMs: [], driftMs: [] };
}

const quote = '"'.charCodeAt(0);
const lineEnd = '\n'.charCodeAt(0);

function requestOf({ path, body }: Dialect): string {
  return [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'Accept: text/event-stream',
    'Authorization: Bearer bench',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
