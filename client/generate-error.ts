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

/** The error of a generation that fails; only a URL that `fetch` refuses is a `TypeError`. */
export class GenerateError extends Error {
  declare readonly kind: GenerateErrorKind;
  declare readonly text: string;
  declare readonly status: number | undefined;
  declare readonly code: string | undefined;
  declare readonly details: string | undefined;
  declare readonly retryAfterMs: number | undefined;
  declare readonly limit: GenerateErrorDetails['limit'];

  constructor(kind: GenerateErrorKind, message: string, { cause, ...known }: GenerateErrorDetails) {
    super(message, cause === undefined ? {} : { cause });
    Object.assign(this, known, { name: 'GenerateError', kind });
  }
}
