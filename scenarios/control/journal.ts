import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { Metadata } from '@grpc/grpc-js';

import type {
  ArrivedRequest,
  EndCause,
  RequestEvents,
  RequestObserver,
} from '../../gateway/observer.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import {
  decodeMetadataText,
  faultMetadata,
  firstOf,
  keyMetadata,
  scenarioMetadata,
  struckMetadata,
  testMetadata,
} from '../../proto/metadata.ts';
import { errorCodes, errorKinds } from '../../proto/error-codes.ts';
import { dateNow, performance } from '../../proto/timers.ts';

/** One request for a generation: what the client did, and how it ended. */
export interface JournalEntry {
  id: string;
  /** When the request arrived: ISO 8601, to the millisecond. */
  at: string;
  /** The test that the request names. */
  test: string | null;
  transport: ArrivedRequest['transport'];
  /** Of the URL, such as `/v1/chat/completions`: the format of the request follows from it. */
  path: string;
  /** Its first 1000 characters; null where the request was refused before it was read. */
  prompt: string | null;
  model: string | null;
  scenario: string | null;
  key: string | null;
  /** The faults that the request or `next` asked for, in the form of the header; null for none. */
  requestedFaults: string | null;
  /** The names of the faults that strike the stream; null until the agent has planned it. */
  struckFaults: string[] | null;
  /** `Last-Event-ID`: the client has been here before. */
  lastEventId: string | null;
  /** Of the answer, null as long as there is none; of a WebSocket always 101: an event refuses there. */
  status: number | null;
  /** Messages with text: handed to the connection, and taken from it by the system. */
  messages: { written: number; acknowledged: number };
  /** Code points of text that were written. */
  chars: number;
  /**
   * How it ended: well (`final`), with an error (its code), because the client left or did not read,
   * because a fault cut it, or with 204 since the client has read the whole stream before; null while it
   * goes on.
   */
  end: 'final' | Exclude<EndCause, 'completed'> | null;
  /** Who ended it; `limit` is the longest life of a stream. */
  endedBy: 'server' | 'client' | 'limit' | null;
  /** `Retry-After` of a refusal, in seconds. */
  retryAfterSec: number | null;
  /** From the request to the first message with text. */
  firstChunkMs: number | null;
  durationMs: number | null;
}

/** Records requests, the oldest first, in bounded memory. */
export interface Journal {
  observer: RequestObserver;
  /** Returns copies of the entries of one test, or of all. */
  entries(test?: string): JournalEntry[];
  /** Returns the entry of a request. */
  entryOf(message: IncomingMessage): JournalEntry | undefined;
  /** How many entries were discarded because there were too many. */
  dropped(): number;
  /** Discards the entries of one test, or all. */
  clear(test?: string): void;
}

/** How many requests the journal keeps. */
const mostEntries = 1000;

/** How much of a prompt it keeps, in code units. */
const mostPromptChars = 1000;

export function createJournal(): Journal {
  let entries: JournalEntry[] = [];
  let dropped = 0;
  const entryOf = new WeakMap<IncomingMessage, JournalEntry>();
  const observer: RequestObserver = {
    arrived(request) {
      const entry: JournalEntry = {
        id: randomUUID(),
        at: new Date(dateNow()).toISOString(),
        test: testOf(request),
        transport: request.transport,
        path: request.message.url?.split('?')[0] ?? '',
        lastEventId: lastEventIdOf(request),
        prompt: null,
        model: null,
        scenario: null,
        key: null,
        requestedFaults: null,
        struckFaults: null,
        status: request.transport === 'websocket' ? 101 : null,
        messages: { written: 0, acknowledged: 0 },
        chars: 0,
        end: null,
        endedBy: null,
        retryAfterSec: null,
        firstChunkMs: null,
        durationMs: null,
      };
      entries.push(entry);
      entryOf.set(request.message, entry);
      if (entries.length > mostEntries) {
        entries.shift();
        dropped += 1;
      }
      return recordInto(entry, performance.now());
    },
  };
  return {
    observer,
    entryOf: (message) => entryOf.get(message),
    entries: (test) => structuredClone(entries.filter((entry) => isOf(entry, test))),
    dropped: () => dropped,
    clear(test) {
      entries = entries.filter((entry) => !isOf(entry, test));
      if (test === undefined) dropped = 0;
    },
  };
}

function isOf(entry: JournalEntry, test: string | undefined): boolean {
  return test === undefined || entry.test === test;
}

/** Ends that are not the server's. */
const endedBy: Partial<Record<EndCause, JournalEntry['endedBy']>> = {
  'client-left': 'client',
  TIMEOUT: 'limit',
};

/** Returns the test that a request names, by header or query. */
function testOf({ message, query }: ArrivedRequest): string | null {
  const header = message.headers[testMetadata];
  if (typeof header === 'string') return decodeMetadataText(header);
  const { test } = query;
  return typeof test === 'string' ? test : null;
}

/** WebSockets do not resume streams. */
function lastEventIdOf({ transport, message }: ArrivedRequest): string | null {
  const header = message.headers['last-event-id'];
  return transport !== 'websocket' && typeof header === 'string' && header !== '' ? header : null;
}

function recordInto(entry: JournalEntry, startMs: number): RequestEvents {
  const sinceStart = () => Math.round((performance.now() - startMs) * 10) / 10;
  const end = (cause: JournalEntry['end'], by: JournalEntry['endedBy']) => {
    if (entry.end !== null) return;
    entry.end = cause;
    entry.endedBy = by;
    entry.durationMs = sinceStart();
  };
  let isWhole = false;
  let requested: Metadata | undefined;
  /** Hooks add faults after `requested`. */
  const noteRequestedFaults = () => {
    entry.requestedFaults ??= firstOf(requested, faultMetadata) ?? null;
  };
  return {
    requested({ prompt, model, metadata }) {
      entry.prompt = prompt.slice(0, mostPromptChars);
      entry.model = model;
      entry.scenario = firstOf(metadata, scenarioMetadata) ?? null;
      entry.key = firstOf(metadata, keyMetadata) ?? null;
      requested = metadata;
    },
    described(metadata) {
      noteRequestedFaults();
      const struck = firstOf(metadata, struckMetadata);
      // Only an agent of ours names its scenario.
      if (struck !== undefined) entry.struckFaults = struck.split(',');
      else if (firstOf(metadata, scenarioMetadata) !== undefined) entry.struckFaults = [];
    },
    opened(stream) {
      isWhole = stream.isWhole ?? false;
      if (!isWhole) entry.status ??= 200;
    },
    accepted(metadata) {
      entry.scenario = firstOf(metadata, scenarioMetadata) ?? entry.scenario;
      entry.key = firstOf(metadata, keyMetadata) ?? entry.key;
    },
    firstMessage() {
      entry.firstChunkMs = sinceStart();
    },
    message(_, delta) {
      entry.messages.written += 1;
      entry.chars += countChars(delta);
    },
    acknowledged() {
      entry.messages.acknowledged += 1;
    },
    ended(cause) {
      noteRequestedFaults();
      if (cause === 'nothing-more') entry.status = 204;
      if (isWhole) entry.status ??= statusOfWhole(cause);
      if (cause === 'completed') end('final', 'server');
      else end(cause, endedBy[cause] ?? 'server');
    },
    refused({ code, httpStatus, retryAfterSec }) {
      noteRequestedFaults();
      entry.status ??= httpStatus;
      entry.retryAfterSec = retryAfterSec ?? null;
      end(code, 'server');
    },
  };
}

/** The status of an answer that leaves in one piece; null where none left. */
function statusOfWhole(cause: EndCause): number | null {
  if (cause === 'completed') return 200;
  const code = errorCodes.find((each) => each === cause);
  return code === undefined ? null : errorKinds[code].httpStatus;
}
