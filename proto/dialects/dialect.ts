import { ContractError } from '../contract-error.ts';
import type { ErrorCode } from '../error-codes.ts';
import type { ChatMessage, ChatTool } from '../parts.ts';
import type { ErrorBody, StreamEvent } from '../stream-event.ts';
import type { Quirk } from '../wire-fault.ts';
import type { Answer, Decoded } from './answer.ts';

export const dialectNames = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'ai-sdk-ui',
] as const;

export type DialectName = (typeof dialectNames)[number];

/**
 * A wire format that clients speak besides the specified one. Pure: values in, values out.
 *
 * The encoder and the decoder of a dialect are each other's inverse: decoding what was encoded gives the
 * parts of the plan again, however its bytes were cut.
 */
export interface Dialect {
  name: DialectName;
  /** The event that ends a stream which is complete, in the words of the format. */
  finalEvent: string;
  /** Writes the body of a request for a stream. */
  writeRequest(request: WrittenRequest): Record<string, unknown>;
  /** The header in which clients send their key; undefined for `Authorization: Bearer …`. */
  keyHeader?: string;
  /** More headers of every request. */
  requestHeaders?: Readonly<Record<string, string>>;
  /**
   * Reads the body of a request.
   * @param body parsed JSON
   * @throws ContractError (request)
   */
  readRequest(body: unknown): DialectRequest;
  /** Whether requests cannot ask for an answer in one piece. */
  isAlwaysStreamed?: boolean;
  /** The headers of every answer. */
  headers(identity: StreamIdentity): Record<string, string>;
  /** Returns the answer in place of a stream. */
  errorAnswer(error: DialectError): ErrorAnswer;
  decoder(): Decoder;
  /**
   * Reads an answer that was not streamed. Undefined where the dialect has none.
   * @param body parsed JSON
   */
  readWhole?: ((body: unknown) => Answer) | undefined;
}

/** A request as a client decides it. */
export interface WrittenRequest {
  /** Of users, assistants and tools, the oldest first. */
  messages: readonly ChatMessage[];
  tools?: readonly ChatTool[];
  model: string;
  /** Another one for each stream, for a format whose conversations have an id. */
  id: string;
  /** Whether to request the usage, in a format that sends it on request only. */
  includesUsage?: boolean;
}

/** A request, and how its answer is written. */
export interface DialectRequest {
  /** The text of the last user message. */
  prompt: string;
  /** Undefined where the format has none. */
  model: string | undefined;
  messages: readonly ChatMessage[];
  tools: readonly ChatTool[];
  isStreamed: boolean;
  encoder(identity: StreamIdentity, options?: EncoderOptions): Encoder;
  /** Returns the JSON of an answer that is not streamed. Undefined where the dialect has none. */
  whole?:
    | ((answer: Answer, identity: StreamIdentity, quirks?: ReadonlySet<Quirk>) => unknown)
    | undefined;
  /** Returns the JSON of an answer that failed, for a client that fetches it again. */
  failed?: ((answer: Answer, error: ErrorBody, identity: StreamIdentity) => unknown) | undefined;
  /** Returns the id by which the client may ask for this stream again; undefined for none. */
  resumeId?: ((identity: StreamIdentity) => string | undefined) | undefined;
}

export interface EncoderOptions {
  quirks?: ReadonlySet<Quirk>;
  /** The number of the last event that the client has; for a format whose events are numbered. */
  startingAfter?: number | undefined;
}

/** What identifies a stream on the wire: the same for the same seed and key. */
export interface StreamIdentity {
  /** Letters and digits, at least 32 of them; a dialect's ids have their prefix before it. */
  hash: string;
  /** Unix time in whole seconds. */
  createdSec: number;
  /** As the request named it. */
  model: string;
}

/** Writes one stream. Every text that it returns is zero or more whole server-sent events. */
export interface Encoder {
  /** What is sent before the first event. */
  start(): string;
  /** Events have to come in the order of the plan. */
  event(event: StreamEvent): string;
  /** The number of the last event written, for a format that numbers its events. */
  lastNumber?(): number;
}

/** Reads one stream, event by event. */
export interface Decoder {
  /** @param name of the server-sent event; undefined where it has none */
  event(name: string | undefined, data: string): Decoded[];
}

/** What a request names that does not exist: a path, or an answer to fetch again. */
export type Missing = 'path' | 'answer';

/** An error, as the dialect's own error objects need it. */
export interface DialectError {
  httpStatus: number;
  code: ErrorCode;
  message: string;
  /** What is not found at a 404; undefined for a model. */
  missing?: Missing | undefined;
  /** The field of the request that is wrong. */
  param?: string | undefined;
  /** What the format tells a program beside the message. */
  details?: object | undefined;
  /** Seconds after which the client may ask again, where that is known. */
  retryAfterSec?: number | undefined;
  /** Whether the client is asked to retry, whatever the status says; undefined for neither. */
  shouldRetry?: boolean | undefined;
  /** The same letters and digits for the same error, for ids. */
  hash: string;
  /** Unix time in whole seconds, the same for the same error. */
  createdSec: number;
}

export interface ErrorAnswer {
  headers: Record<string, string>;
  /** JSON, or a text. */
  body: unknown;
}

/**
 * Returns the error for a request that is not valid.
 * @param param the path of the field that is wrong
 * @param details for programs, as the dialect's error object has them
 */
export function requestError(param: string, message: string, details?: object): ContractError {
  return new ContractError('request', `${param}: ${message}`, { param, details });
}

export const noQuirks: ReadonlySet<Quirk> = new Set();
