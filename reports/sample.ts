/**
 * One stream as the load client saw it: the raw material of every metric.
 *
 * Times are milliseconds. A time that is `…AtMs` counts from the start of the load, any other
 * from the stream's own start.
 */

/** How a stream ended, seen from the client. Every stream gets exactly one. */
export const outcomes = [
  /** 2xx and `text/event-stream`, or a WebSocket; exactly one final message, nothing after it. */
  'completed',
  /** The server said so: an `error` event ended the stream (C1). */
  'failed',
  /** The body ended, or the connection was closed in order, without a final message. */
  'cut',
  /** The connection broke after the request was written (RST or another socket error). */
  'reset',
  /** No text for the load's idle limit, though the connection stood; pings do not count as text. */
  'stalled',
  /** Still running at the load's limit for a whole stream (C5). */
  'timed-out',
  /** No connection could be made. */
  'refused',
  /** An answer that is no stream: a status other than 2xx, or another content type. */
  'rejected',
  /** Against the protocol: data that is not the JSON of its event, or a message after the final one. */
  'malformed',
  /** The load client disconnected in mid-stream, as its profile plans; says nothing about the server. */
  'left',
  /** Ended by the load client itself at the end of the run: says nothing about the server. */
  'censored',
] as const;

export type Outcome = (typeof outcomes)[number];

/** The part of a run in which a stream started; only those of the window are judged. */
export const phases = ['ramp', 'warm-up', 'window', 'drain'] as const;

export type Phase = (typeof phases)[number];

/** A message with text, at the moment its bytes were read. */
export interface Arrival {
  /** From the stream's start. */
  atMs: number;
  /** Code points of text received up to and with this message. */
  chars: number;
  /** Bytes of the body read by then: up to the end of the read that it came with. */
  bytes: number;
}

/** The messages of a stream in their order: an array, or a view of numbers stored more compactly. */
export interface Arrivals<T = Arrival> extends Iterable<T> {
  readonly length: number;
  /** A negative index counts from the end. */
  at(index: number): T | undefined;
  map<R>(change: (arrival: T, index: number) => R): R[];
}

export interface StreamSample {
  /** Which of the load's slots ran it, from 0. */
  slot: number;
  /** The request key it was sent with (`x-rehearsal-key`). */
  key: string;
  /** In a conversation, the number of the user's message, from 1; absent in other loads. */
  turn?: number;
  /** In a conversation, the number of the request for that message, from 1: more than one after tool calls. */
  step?: number;
  phase: Phase;
  /** When it should have started; later than that by `startLagMs`. The stream's own times count from here. */
  startAtMs: number;
  /** How much later than intended the request was written. */
  startLagMs: number;
  /** HTTP status, 101 of a WebSocket; null where no answer came. */
  status: number | null;
  /** The Content-Type header to the letter; null where no answer came or it had none. */
  contentType: string | null;
  /** Every message with text, in order. */
  arrivals: Arrivals;
  /** When its first reasoning came, from the stream's start; absent without any, and in the specified format. */
  firstReasoningMs?: number;
  /** Messages of any kind but ping, with or without text. */
  messages: number;
  pings: number;
  /** Whether the load read it slowly, on purpose: its times are then the client's own. */
  readSlowly: boolean;
  /** Requests after the first one that resumed the stream; absent in loads that resume none (`transport: get`). */
  reconnects?: number;
  /** From the stream's start to its end; for a censored stream, to where it was left. */
  durationMs: number;
  outcome: Outcome;
  /** What made it that outcome, in a few words: an error code, a status, a socket error. Empty for `completed`. */
  detail: string;
  /** SHA-256 (hex) of the text received, UTF-8. */
  textSha256: string;
}

/** How a stream is to end, by its plan. */
export interface ExpectedOutcome {
  outcome: Outcome;
  /** In the words of a sample's own; empty where any will do. */
  detail: string;
  /** Whether the client had to resume it; absent in loads that resume none. */
  isResumed?: boolean;
}

/** Where a stream's messages lost time: milliseconds each hop took beyond what it had to. */
export interface LatenessByHop {
  /** From the stream's start to the agent's having its request. */
  requestMs: number;
  /** For each message: how late the agent sent the chunk that it begins with, against the plan. */
  agentMs: number[];
  /** How much later than that chunk and the push interval allow the gateway sent it. */
  gatewayMs: number[];
  /** From there to the client's having read it. */
  clientMs: number[];
}

/** What the plan of a stream says of its sample; only where the agent is ours. */
export interface PlannedComparison {
  /** For each arrival: how much later it came than plan and push interval allow, never below 0. */
  latenessMs: number[];
  /** Null where it is not known who was late: a fault of the wire, or a run too long to keep all times. */
  hops: LatenessByHop | null;
  /** Whether the text is to the last byte what the plan has a client read of a stream that ends so. */
  textMatches: boolean;
  /** Null where the plan leaves open how the stream ends. */
  foretold: ExpectedOutcome | null;
  /** Whether there are more messages than the push interval allows (D2); absent where the gateway is ours. */
  pushedTooOften?: boolean;
}

/** The input of the metrics, and of the lines of `streams.jsonl`. */
export interface JudgedSample extends StreamSample {
  /** Null where there is no plan to compare with. */
  planned: PlannedComparison | null;
}

type Answer = Pick<StreamSample, 'status' | 'contentType'>;

/** Whether a content type is that of SSE, whatever parameters it has. */
export function isEventStream(contentType: string | null): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'text/event-stream';
}

/** The status of an accepted WebSocket; other 1xx are interim, and never that of a sample. */
const switchingProtocols = 101;

/** Whether a stream came: 2xx and the content type of SSE, whatever its parameters, or a WebSocket. */
export function isStreamed({ status, contentType }: Answer): boolean {
  if (status === switchingProtocols) return true;
  return status !== null && status >= 200 && status < 300 && isEventStream(contentType);
}

/**
 * Whether a stream was answered as the specification's load test wants it: 2xx and exactly
 * `text/event-stream` (E2), or over WebSocket an upgrade.
 * @param parameters whether `text/event-stream; charset=utf-8` and the like count as well
 */
export function isConnected(answer: Answer, parameters = false): boolean {
  const isExact =
    answer.status === switchingProtocols || answer.contentType === 'text/event-stream';
  return isStreamed(answer) && (parameters || isExact);
}
