/** What went wrong with a generation, told apart so that a program can act on it. */
export type GenerateErrorKind =
  /** Answered with an HTTP error: nothing was generated. */
  | 'http'
  /** The server ended the stream with an `error` event. */
  | 'generation'
  /** One of the client's own limits was over. */
  | 'timeout'
  /** The connection could not be made, or ended before the final message. */
  | 'cut'
  /** What came is not what the interface says. */
  | 'protocol'
  /** The signal was aborted. */
  | 'aborted';

export interface GenerateErrorDetails {
  /** The text that had come by then: it is worth keeping. */
  text: string;
  /** Of `http`. */
  status?: number | undefined;
  /** Of `http` and `generation`, as docs/protocol.md lists them; undefined where a proxy answered. */
  code?: string | undefined;
  /** The cause in words, as the server gives it. */
  details?: string | undefined;
  /** Of `http`: how long the server asks to be left alone (`Retry-After`). */
  retryAfterMs?: number | undefined;
  /** Of `timeout`: which limit. */
  limit?: 'first-chunk' | 'idle' | 'total' | undefined;
  cause?: unknown;
}

/** The one error that a generation throws. */
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
