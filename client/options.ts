export interface GenerateOptions {
  prompt: string;
  model?: string | undefined;
  /** Sent as `Authorization: Bearer …`, unless `headers` has an `Authorization`. */
  token?: string | undefined;
  /** Win over the client's own, whatever their case. */
  headers?:
    | Headers
    | Iterable<readonly [string, string]>
    | Readonly<Record<string, string>>
    | undefined;
  /** Ends the generation; the server stops its work. */
  signal?: AbortSignal | undefined;
  /** From a request to its first text; 30 s. For every limit, 0 and Infinity mean none. */
  firstChunkTimeoutMs?: number | undefined;
  /** How long the server may send no text, whatever else comes; 30 s. Your own work in the loop does not count. */
  idleTimeoutMs?: number | undefined;
  /** The whole generation, your own work in the loop included; 2 minutes, as at the server. */
  totalTimeoutMs?: number | undefined;
  /**
   * How often a stream that was cut may be resumed; 0. It asks the server for event ids, which also tell
   * when text came twice or is missing.
   */
  resume?: number | undefined;
  /**
   * How often a request may be repeated after a 429 or a 503, once the time that it names is over; 0. A
   * time longer than what is left of the total is not waited for.
   */
  retry?: number | undefined;
  /** Replaces the platform's own. */
  fetch?: typeof fetch | undefined;
}
