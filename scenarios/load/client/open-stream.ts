import {
  isStreamed,
  type Outcome,
  type Phase,
  type StreamSample,
} from '../../../reports/sample.ts';
import { createRejection, type Rejection } from './rejection.ts';
import type { BodyReader } from './body-reader.ts';
import type { StreamFormat } from './stream-format.ts';
import { createTextDigest } from './text-digest.ts';

/** The facts of a written request. Times are in milliseconds from the start of the load. */
export interface StreamStart {
  slot: number;
  key: string;
  phase: Phase;
  /** When it was due. */
  startAtMs: number;
  /** When it was written; never before `startAtMs`. */
  writtenAtMs: number;
  /** Whether its connection had carried a stream before. */
  reused: boolean;
  /** Whether the client reads it slowly on purpose; the idle limit then does not apply. */
  readSlowly: boolean;
  /** In a conversation, the number of the user's message and that of the request for it, both from 1. */
  turn?: number;
  step?: number;
}

/** A stream between its request and its end: the facts that the functions below judge. */
export interface OpenStream extends StreamStart {
  connected: boolean;
  status: number | null;
  contentType: string | null;
  /** The reader of the body; null before the response. */
  body: BodyReader | Rejection | null;
  format: StreamFormat;
  /** Null in a load that resumes no streams. */
  reconnects: Reconnects | null;
}

/** How a stream that breaks is resumed. */
interface Reconnects {
  /** Requests after the first one. */
  count: number;
  most: number;
  /** The first break after the last text; null before any. */
  broken: Ending | null;
  /** The messages with text up to that break. */
  texts: number;
  /** From a break to the head of the response to the next reconnect. */
  isPending: boolean;
}

/** How and when a stream ended. */
export interface Ending {
  outcome: Outcome;
  /** Empty for `completed`. */
  detail: string;
  /** From the start of the load. */
  atMs: number;
}

/** In milliseconds: `idleLimit` and `streamLimit` of `profile.ts`. */
export interface StreamLimits {
  idleMs: number;
  streamMs: number;
}

/**
 * How long a body may continue after the event that ended its stream, to see events that must not
 * follow. After that the slot starts its next stream.
 */
const endGraceMs = 1000;

/** @param mostReconnects null in a load that resumes no streams */
export function openStream(
  start: StreamStart,
  format: StreamFormat,
  mostReconnects: number | null,
): OpenStream {
  return {
    ...start,
    format,
    connected: start.reused,
    status: null,
    contentType: null,
    body: null,
    reconnects:
      mostReconnects === null
        ? null
        : { count: 0, most: mostReconnects, broken: null, texts: 0, isPending: false },
  };
}

/** Records the head of the response and creates the reader of its body: of a stream or a rejection. */
export function takeHead(stream: OpenStream, status: number, contentType: string | null): void {
  stream.status = status;
  stream.contentType = contentType;
  // A content type with parameters is read as a stream too; connection success (E2) is measured separately.
  stream.body = isStreamed(stream)
    ? stream.format.createReader()
    : createRejection(status, contentType, stream.format.overWebSocket);
}

/** Reads a part of the body; returns the ending if nothing that follows could change it. */
export function takeBody(stream: OpenStream, bytes: Uint8Array, atMs: number): Ending | null {
  const { body } = stream;
  if (body === null) return null;
  if (body.kind === 'rejection') {
    body.feed(bytes);
    return body.full() ? endingOf(stream, 'rejected', '', atMs) : null;
  }
  body.feed(bytes, atMs - stream.startAtMs);
  return body.reading.malformed === null ? null : endingOf(stream, 'malformed', '', atMs);
}

/**
 * Returns the ending of a stream whose body or connection has ended: `outcome` and `detail` for a stream
 * that was still in progress.
 *
 * Earlier facts win: a response that was not a stream stays rejected, however its body ends. A stream
 * with its final message (B3) or its error (C1) ended with that event, even if the body is then cut or
 * reset.
 */
export function endingOf(
  { body, startAtMs }: OpenStream,
  outcome: Outcome,
  detail: string,
  atMs: number,
): Ending {
  if (body?.kind === 'rejection') return { outcome: 'rejected', detail: body.reason(), atMs };
  const reading = body?.reading;
  if (reading?.malformed) return { outcome: 'malformed', detail: reading.malformed, atMs };
  if (!reading?.end) return { outcome, detail, atMs };
  const endedAtMs = startAtMs + reading.end.atMs;
  return reading.end.kind === 'final'
    ? { outcome: 'completed', detail: '', atMs: endedAtMs }
    : { outcome: 'failed', detail: reading.end.code, atMs: endedAtMs };
}

/** Returns the ending of a stream whose body or connection ended normally. */
export function bodyEnded(stream: OpenStream, part: 'body' | 'connection', atMs: number): Ending {
  const detail =
    stream.status === null
      ? `${part} ended before a response${afterReuse(stream)}`
      : `${part} ended without ${stream.format.finalEvent}`;
  return endingOf(stream, 'cut', detail, atMs);
}

/**
 * Returns the ending of a stream whose connection failed.
 * @param code of the socket error, such as `ECONNRESET`
 */
export function connectionBroke(stream: OpenStream, code: string, atMs: number): Ending {
  if (!stream.connected) return endingOf(stream, 'refused', code, atMs);
  const where = stream.status === null ? ` before a response${afterReuse(stream)}` : '';
  return endingOf(stream, 'reset', code + where, atMs);
}

/** Returns the ending of a stream that the client leaves now, after so many messages with text; else null. */
export function leaving(
  stream: OpenStream,
  afterMessages: number | null,
  atMs: number,
): Ending | null {
  if (afterMessages === null || stream.body?.kind !== 'stream') return null;
  const { arrivals, end } = stream.body.reading;
  if (end !== null || arrivals.length < afterMessages) return null;
  return endingOf(stream, 'left', `after ${afterMessages} messages`, atMs);
}

/** Returns the ending of a stream that has exceeded a limit; else null. */
export function overdue(stream: OpenStream, limits: StreamLimits, nowMs: number): Ending | null {
  const { startAtMs, writtenAtMs, connected, readSlowly, body } = stream;
  const reading = body?.kind === 'stream' ? body.reading : null;
  if (reading?.end && nowMs >= startAtMs + reading.end.atMs + endGraceMs) {
    return endingOf(stream, 'completed', '', nowMs);
  }
  const lastOutputAtMs = reading?.lastOutputAtMs ?? null;
  const idleSinceMs = lastOutputAtMs === null ? writtenAtMs : startAtMs + lastOutputAtMs;
  const idleAtMs = readSlowly ? Number.POSITIVE_INFINITY : idleSinceMs + limits.idleMs;
  const limitAtMs = writtenAtMs + limits.streamMs;
  if (nowMs < Math.min(idleAtMs, limitAtMs)) return null;

  if (!connected) {
    return endingOf(stream, 'refused', `no connection for ${seconds(nowMs - writtenAtMs)}`, nowMs);
  }
  if (limitAtMs <= idleAtMs) {
    return endingOf(stream, 'timed-out', `still open after ${seconds(limits.streamMs)}`, nowMs);
  }
  const pings = reading?.pings ? `, pings: ${reading.pings}` : '';
  return endingOf(stream, 'stalled', `no text for ${seconds(limits.idleMs)}${pings}`, nowMs);
}

const emptySha256 = createTextDigest().sha256();

function reasoningOf(reading: BodyReader['reading'] | undefined) {
  const { firstReasoningMs = null } = reading ?? {};
  return firstReasoningMs === null ? {} : { firstReasoningMs };
}

/** Returns the sample of a stream that has ended. */
export function sampleOf(stream: OpenStream, { outcome, detail, atMs }: Ending): StreamSample {
  const { slot, key, phase, startAtMs, writtenAtMs, status, contentType, readSlowly, body } =
    stream;
  const { turn, step, reconnects } = stream;
  const reader = body?.kind === 'stream' ? body : null;
  const reading = reader?.reading;
  return {
    slot,
    key,
    ...(turn === undefined || step === undefined ? {} : { turn, step }),
    phase,
    startAtMs,
    startLagMs: writtenAtMs - startAtMs,
    status,
    contentType,
    arrivals: reading?.arrivals ?? [],
    ...reasoningOf(reading),
    messages: reading?.messages ?? 0,
    pings: reading?.pings ?? 0,
    readSlowly,
    ...(reconnects === null ? {} : { reconnects: reconnects.count }),
    durationMs: atMs - startAtMs,
    outcome,
    detail,
    textSha256: reader?.textSha256() ?? emptySha256,
  };
}

/**
 * A server may close an idle connection just when the next request is on its way. That counts like any
 * other loss, since the request may have been handled, but the detail mentions it.
 */
function afterReuse({ reused }: StreamStart): string {
  return reused ? ', on a reused connection' : '';
}

function seconds(ms: number): string {
  return `${Math.round(ms / 10) / 100} s`;
}
