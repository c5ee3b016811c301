import { randomUUID } from 'node:crypto';

import type { Metadata } from '@grpc/grpc-js';

import { firstOf, keyMetadata, scenarioMetadata } from '../proto/metadata.ts';
import type { StreamEvent } from '../proto/stream-event.ts';
import type { ErrorCode } from '../proto/error-codes.ts';
import type { GatewayError } from './errors.ts';
import type { AgentRequest } from './agent/agent-client.ts';
import type { EndCause } from './stream/stream.ts';
import { dateNow, performance } from '../proto/timers.ts';

/** What a client did, and what became of it: one request for a generation. */
export interface JournalEntry {
  id: string;
  /** When the request came: ISO 8601, to the millisecond. */
  at: string;
  /** The test whose request it was, where it said so. */
  test: string | null;
  transport: 'GET' | 'POST' | 'websocket';
  /** Its first 1000 characters; null where the request was refused before it was read. */
  prompt: string | null;
  model: string | null;
  scenario: string | null;
  key: string | null;
  /** `Last-Event-ID`: the client has been here before. */
  lastEventId: string | null;
  /** Of the answer, null as long as there is none; of a WebSocket always 101: an event refuses there. */
  status: number | null;
  /** Messages with text: handed to the connection, and taken from it by the system. */
  messages: { written: number; acknowledged: number };
  /** Code points of text that were written. */
  chars: number;
  /**
   * How it ended: well (`final`), with an error (its code), because the client left, because a fault cut
   * it, because the client did not read, or with word that there is nothing more to say (204); null
   * while it goes on.
   */
  end: 'final' | 'client-left' | 'cut' | 'not-read' | 'nothing-more' | ErrorCode | null;
  /** Who ended it; `limit` is the longest life of a stream. */
  endedBy: 'server' | 'client' | 'limit' | null;
  /** `Retry-After` of a refusal, in seconds. */
  retryAfterSec: number | null;
  /** From the request to the first message with text. */
  firstChunkMs: number | null;
  durationMs: number | null;
}

/** The requests that came, the oldest first, in bounded memory. */
export interface Journal {
  record(request: Pick<JournalEntry, 'test' | 'transport' | 'lastEventId'>): RequestRecord;
  /** What is remembered of one test, or of all; copies. */
  entries(test?: string): JournalEntry[];
  /** How many were forgotten, since more came than are kept. */
  dropped(): number;
  /** Forgets what one test asked, or all. */
  clear(test?: string): void;
}

/** Told how one request goes; whatever comes after its end is not heard. */
export interface RequestRecord {
  asked(request: AgentRequest): void;
  /** The stream is open; `said` is what the agent says of it, and that wins. */
  opened(said: Metadata | undefined): void;
  wrote(event: StreamEvent): void;
  acknowledged(event: StreamEvent): void;
  over(cause: EndCause, cut: boolean): void;
  /** Answered with an error in place of a stream. */
  refused(error: GatewayError): void;
  /** Answered that there is nothing more. */
  nothingMore(): void;
}

/** How many requests are remembered. */
const mostEntries = 1000;

/** How much of a prompt is remembered, in code units. */
const mostPromptChars = 1000;

export function createJournal(): Journal {
  let entries: JournalEntry[] = [];
  let dropped = 0;
  return {
    record(request) {
      const entry: JournalEntry = {
        id: randomUUID(),
        at: new Date(dateNow()).toISOString(),
        ...request,
        prompt: null,
        model: null,
        scenario: null,
        key: null,
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
      if (entries.length > mostEntries) {
        entries.shift();
        dropped += 1;
      }
      return recordInto(entry, performance.now());
    },
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

function recordInto(entry: JournalEntry, startMs: number): RequestRecord {
  const sinceStart = () => Math.round((performance.now() - startMs) * 10) / 10;
  const end = (how: JournalEntry['end'], by: JournalEntry['endedBy']) => {
    if (entry.end !== null) return;
    entry.end = how;
    entry.endedBy = by;
    entry.durationMs = sinceStart();
  };
  return {
    asked({ prompt, model, metadata }) {
      entry.prompt = prompt.slice(0, mostPromptChars);
      entry.model = model;
      entry.scenario = firstOf(metadata, scenarioMetadata) ?? null;
      entry.key = firstOf(metadata, keyMetadata) ?? null;
    },
    opened(said) {
      entry.status ??= 200;
      entry.scenario = firstOf(said, scenarioMetadata) ?? entry.scenario;
      entry.key = firstOf(said, keyMetadata) ?? entry.key;
    },
    wrote(event) {
      if (!hasText(event)) return;
      entry.messages.written += 1;
      entry.firstChunkMs ??= sinceStart();
      for (const _ of event.data.delta) entry.chars += 1;
    },
    acknowledged(event) {
      if (hasText(event)) entry.messages.acknowledged += 1;
    },
    over(cause, cut) {
      if (cause === 'completed') end('final', 'server');
      else if (cause !== 'client-left') end(cause, cause === 'TIMEOUT' ? 'limit' : 'server');
      else if (cut) end('cut', 'server');
      else end('client-left', 'client');
    },
    refused({ code, httpStatus, retryAfterSec }) {
      entry.status ??= httpStatus;
      entry.retryAfterSec = retryAfterSec ?? null;
      end(code, 'server');
    },
    nothingMore() {
      entry.status = 204;
      end('nothing-more', 'server');
    },
  };
}

function hasText(event: StreamEvent): event is Extract<StreamEvent, { event: 'message' }> {
  return event.event === 'message' && event.data.delta !== '';
}
