/** What is asked of a client: the endpoint with its query, and the prompt. */
export interface ClientRequest {
  url: string;
  prompt: string;
  /** Whether it is closed once a message is final, or the server says that it failed. */
  closedAtEnd: boolean;
}

/** What a page that uses a client has of a generation; plain data, so that it can leave a browser. */
export interface Heard {
  text: string;
  final: boolean;
  /** The code of the server's own `error` event. */
  code: string | null;
  /** What the client itself said of a failure, the last time that it said anything. */
  complaint: string | null;
}

/** Uses a client as its own documentation shows, until it is over by itself or stopped. */
export type Client = (request: ClientRequest, heard: Heard, stop: AbortSignal) => Promise<void>;

export function nothingHeard(): Heard {
  return { text: '', final: false, code: null, complaint: null };
}

/**
 * Takes an event as a page does that passes over what it does not know or cannot parse.
 * @returns whether it says that the stream is over
 */
export function hear(heard: Heard, event: string | undefined, data: string): boolean {
  if (event === 'ping') return false;
  const said = parse(data);
  if (typeof said['delta'] === 'string') heard.text += said['delta'];
  if (said['isFinal'] === true) heard.final = true;
  if (typeof said['code'] === 'string') heard.code = said['code'];
  return said['isFinal'] === true || typeof said['code'] === 'string';
}

function parse(data: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(data);
    return typeof said === 'object' && said !== null ? { ...said } : {};
  } catch {
    return {};
  }
}

/** A request by POST, as fetch takes it. */
export function posted({ prompt }: ClientRequest): {
  method: string;
  headers: Record<string, string>;
  body: string;
} {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt }),
  };
}
