import {
  isStreamed,
  type Outcome,
  type Phase,
  type StreamSample,
} from '../../../reports/sample.ts';
import { createRejection, type Rejection } from './rejection.ts';
import { createStreamReader, type StreamReader } from './stream-reader.ts';

/** What is known when a request is written. Times are milliseconds from the start of the load. */
export interface StreamStart {
  slot: number;
  key: string;
  phase: Phase;
  /** When it should have been written. */
  startAtMs: number;
  /** When it was; never earlier. */
  writtenAtMs: number;
  /** Whether it went over a connection that had carried a stream before. */
  reused: boolean;
  /** Whether the client reads it slowly, on purpose: then it waits for no text. */
  readSlowly: boolean;
}

/** A stream between its request and its end: only facts, which the functions below judge. */
export interface OpenStream extends StreamStart {
  connected: boolean;
  status: number | null;
  contentType: string | null;
  /** Who reads the body: nobody before the answer. */
  body: StreamReader | Rejection | null;
}

/** How and when a stream ended. */
export interface Ending {
  outcome: Outcome;
  /** Empty for `completed`. */
  detail: string;
  /** From the start of the load. */
  atMs: number;
}

/** In milliseconds; see the keys of the same names in `profile.ts`. */
export interface StreamLimits {
  idleMs: number;
  streamMs: number;
}

/**
 * How long a body may go on after the event that ended its stream. So long is watched for what
 * must not follow; then the slot moves on, for the reader has had all there is.
 */
const endGraceMs = 1000;

export function openStream(start: StreamStart): OpenStream {
  return { ...start, connected: start.reused, status: null, contentType: null, body: null };
}

/** Takes the head of the answer, after which `body` says whether it is a stream or a rejection. */
export function takeHead(stream: OpenStream, status: number, contentType: string | null): void {
  stream.status = status;
  stream.contentType = contentType;
  // A content type with parameters is read as well: that it is not connected (E2) is another number.
  stream.body = isStreamed(stream) ? createStreamReader() : createRejection(status, contentType);
}

/** Takes a piece of the body. Gives the ending where nothing that may follow would change it. */
export function takeBody(stream: OpenStream, bytes: Uint8Array, atMs: number): Ending | null {
  const { body } = stream;
  if (body === null) return null;
  if (body.kind === 'rejection') {
    body.feed(bytes);
    return body.full() ? endedSo(stream, 'rejected', '', atMs) : null;
  }
  body.feed(bytes, atMs - stream.startAtMs);
  return body.reading.malformed === null ? null : endedSo(stream, 'malformed', '', atMs);
}

/**
 * The ending of a stream whose body or connection ended, one way or another: `outcome` and
 * `detail` are what that means for a stream that was still in the middle of it.
 *
 * What was known before goes first: an answer that was no stream stays rejected however its body
 * ends, and a stream that had its final message (B3) or its error (C1) has nothing left to lose,
 * so its ending and its time are those of that event, even if the body is then cut or reset.
 */
export function endedSo(
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

/** The body ended in order, or the connection did. */
export function bodyEnded(stream: OpenStream, what: 'body' | 'connection', atMs: number): Ending {
  const detail =
    stream.status === null
      ? `${what} ended before an answer${afterReuse(stream)}`
      : `${what} ended without a final message`;
  return endedSo(stream, 'cut', detail, atMs);
}

/** @param code of the socket's error, such as `ECONNRESET` */
export function connectionBroke(stream: OpenStream, code: string, atMs: number): Ending {
  if (!stream.connected) return endedSo(stream, 'refused', code, atMs);
  const where = stream.status === null ? ` before an answer${afterReuse(stream)}` : '';
  return endedSo(stream, 'reset', code + where, atMs);
}

/** The ending of a stream that the client leaves after so many messages with text, else null. */
export function leaving(
  stream: OpenStream,
  afterMessages: number | null,
  atMs: number,
): Ending | null {
  if (afterMessages === null || stream.body?.kind !== 'stream') return null;
  const { arrivals, end } = stream.body.reading;
  if (end !== null || arrivals.length < afterMessages) return null;
  return endedSo(stream, 'left', `after ${afterMessages} messages`, atMs);
}

/** The ending of a stream that one of its limits is over for, else null. */
export function overdue(stream: OpenStream, limits: StreamLimits, nowMs: number): Ending | null {
  const { startAtMs, writtenAtMs, connected, readSlowly, body } = stream;
  const reading = body?.kind === 'stream' ? body.reading : null;
  if (reading?.end && nowMs >= startAtMs + reading.end.atMs + endGraceMs) {
    return endedSo(stream, 'completed', '', nowMs);
  }
  const lastText = reading?.arrivals.at(-1);
  const idleSinceMs = lastText ? startAtMs + lastText.atMs : writtenAtMs;
  const idleAtMs = readSlowly ? Number.POSITIVE_INFINITY : idleSinceMs + limits.idleMs;
  const limitAtMs = writtenAtMs + limits.streamMs;
  if (nowMs < Math.min(idleAtMs, limitAtMs)) return null;

  if (!connected) {
    return endedSo(stream, 'refused', `no connection for ${seconds(nowMs - writtenAtMs)}`, nowMs);
  }
  if (limitAtMs <= idleAtMs) {
    return endedSo(stream, 'timed-out', `still open after ${seconds(limits.streamMs)}`, nowMs);
  }
  const pings = reading?.pings ? `, pings: ${reading.pings}` : '';
  return endedSo(stream, 'stalled', `no text for ${seconds(limits.idleMs)}${pings}`, nowMs);
}

/** The one sample of a stream that has ended. */
export function sampleOf(stream: OpenStream, { outcome, detail, atMs }: Ending): StreamSample {
  const { slot, key, phase, startAtMs, writtenAtMs, status, contentType, readSlowly, body } =
    stream;
  // A stream of which nothing was read has the hash of no text, like one that had nothing to say.
  const reader = body?.kind === 'stream' ? body : createStreamReader();
  return {
    slot,
    key,
    phase,
    startAtMs,
    startLagMs: writtenAtMs - startAtMs,
    status,
    contentType,
    arrivals: reader.reading.arrivals,
    messages: reader.reading.messages,
    pings: reader.reading.pings,
    readSlowly,
    durationMs: atMs - startAtMs,
    outcome,
    detail,
    textSha256: reader.textSha256(),
  };
}

/**
 * A server may close a connection that is idle just as the next request is on its way. That is
 * counted like any other loss, since the request may have been served, but the detail tells.
 */
function afterReuse({ reused }: StreamStart): string {
  return reused ? ', on a reused connection' : '';
}

function seconds(ms: number): string {
  return `${Math.round(ms / 10) / 100} s`;
}
