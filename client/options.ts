/** Defaults of the options that are numbers. */
export const defaults = {
  firstChunkTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
  totalTimeoutMs: 120_000,
  resume: 0,
  retry: 0,
} as const;

export interface GenerateOptions {
  /** The text that the model answers. */
  prompt: string;
  /** Name of the model; the server has a default. */
  model?: string | undefined;
  /** Bearer token, sent as `Authorization: Bearer …` unless `headers` has an `Authorization`. */
  token?: string | undefined;
  /** Further request headers. They override the client's own, in any case of letters. */
  headers?:
    | Headers
    | Iterable<readonly [string, string]>
    | Readonly<Record<string, string>>
    | undefined;
  /** Cancels the generation when it aborts; the server stops its work. */
  signal?: AbortSignal | undefined;
  /**
   * Longest time from a request to its first text. As for the other two timeouts, 0 and Infinity mean no
   * limit.
   * @defaultValue 30000
   */
  firstChunkTimeoutMs?: number | undefined;
  /**
   * Longest time without text. Pings do not count as text; the time that your loop takes does not count as
   * silence.
   * @defaultValue 30000
   */
  idleTimeoutMs?: number | undefined;
  /**
   * Longest time for the whole generation, the time that your loop takes included; the server has the same
   * limit.
   * @defaultValue 120000
   */
  totalTimeoutMs?: number | undefined;
  /**
   * How often a stream that was cut is resumed at the character where it was cut. Requests event ids from
   * the server, which also reveal text that comes twice or is missing.
   * @defaultValue 0
   */
  resume?: number | undefined;
  /**
   * How often a request is repeated after HTTP 429 or 503. It waits for `Retry-After` (without one a
   * pause that doubles each time), and gives up if that is longer than the time left of `totalTimeoutMs`.
   * @defaultValue 0
   */
  retry?: number | undefined;
  /** Replaces the platform's `fetch`. */
  fetch?: typeof fetch | undefined;
}
