/** Why a generation failed. */
export type GenerateErrorKind =
  /** The server answered with an HTTP error; nothing was generated. */
  | 'http'
  /** The server ended the stream with an `error` event. */
  | 'generation'
  /** One of the three timeouts passed. */
  | 'timeout'
  /** The connection failed, or closed before the final message. */
  | 'cut'
  /** The response does not follow the interface. */
  | 'protocol'
  /** The signal aborted. */
  | 'aborted';

export interface GenerateErrorDetails {
  /** The text received before the error, worth keeping on the page. */
  text: string;
  /** HTTP status of an `http` error. */
  status?: number | undefined;
  /** Error code of the server, of `http` and `generation`; undefined if a proxy answered. */
  code?: string | undefined;
  /** The server's description of the cause. */
  details?: string | undefined;
  /** `Retry-After` of an `http` error, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** Which timeout passed: `first-chunk`, `idle` or `total`. */
  limit?: 'first-chunk' | 'idle' | 'total' | undefined;
  /** What `fetch` threw, or the reason of the abort. */
  cause?: unknown;
}

/** The only error that a generation throws. */
export class GenerateError extends Error {
  readonly kind: GenerateErrorKind;
  readonly text: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly details: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly limit: GenerateErrorDetails['limit'];

  constructor(kind: GenerateErrorKind, message: string, known: GenerateErrorDetails) {
    super(message, known.cause === undefined ? {} : { cause: known.cause });
    this.name = 'GenerateError';
    this.kind = kind;
    this.text = known.text;
    this.status = known.status;
    this.code = known.code;
    this.details = known.details;
    this.retryAfterMs = known.retryAfterMs;
    this.limit = known.limit;
  }
}
