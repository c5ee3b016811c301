import type { Metadata } from '@grpc/grpc-js';
import { LRUCache } from 'lru-cache';

import type { Dialect, DialectRequest } from '../../proto/dialects/dialect.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import type { AgentMessage } from '../agent/agent-interface.ts';
import type { RequestEvents } from '../observer.ts';

/** A stream that its client may ask for again. */
export interface ResumableStream {
  request: AgentMessage;
  asked: DialectRequest;
  /** The length of the request's body, in code units. */
  bodyUnits: number;
  /** The metadata by which the agent repeats it, with the fault that the request asked for. */
  metadata: Readonly<Record<string, string>>;
  /** Code points of text that were sent. */
  sentChars: number;
  /** The number of the last event that was sent, as the format counts; undefined before the first. */
  lastSent: number | undefined;
  /** All was sent, or its error was. */
  isOver: boolean;
}

/** The streams that were started last, by dialect and id. */
export type ResumableStreams = LRUCache<string, ResumableStream>;

/** Returns the name of a dialect's stream among all that can be resumed. */
export function streamName({ name }: Pick<Dialect, 'name'>, id: string): string {
  return `${name} ${id}`;
}

/** Returns metadata as plain texts. */
export function textsOf(metadata: Metadata): Record<string, string> {
  const entries = Object.entries(metadata.getMap());
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

const mostStreams = 1000;

/** In code units, of the bodies of requests and their metadata. */
const mostUnits = 16 * 1_048_576;

/** Keeps the streams in memory, because a client that resumes sends only the id of the stream, not its request. */
export function createResumableStreams(): ResumableStreams {
  return new LRUCache({
    max: mostStreams,
    maxSize: mostUnits,
    sizeCalculation: ({ bodyUnits, metadata }) =>
      Object.values(metadata).reduce((sum, value) => sum + value.length, bodyUnits + 1),
  });
}

/** Returns the callbacks of a connection, which also note how much of the stream was sent. */
export function noteSent(events: RequestEvents, stream: ResumableStream): RequestEvents {
  let chars = 0;
  return {
    ...events,
    message(atMs, delta) {
      events.message?.(atMs, delta);
      chars += countChars(delta);
      stream.sentChars = Math.max(stream.sentChars, chars);
    },
    ended(cause) {
      events.ended?.(cause);
      stream.isOver ||= cause !== 'client-left' && cause !== 'cut' && cause !== 'not-read';
    },
  };
}
