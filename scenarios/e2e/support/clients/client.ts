/** A request for a client to send. */
export interface ClientRequest {
  /** The endpoint with its query. */
  url: string;
  prompt: string;
  /** Whether to close the client at the final message or an `error` event. */
  closedAtEnd: boolean;
}

/** The state of a generation on a page; plain data, so that it can leave the browser. */
export interface ClientState {
  text: string;
  final: boolean;
  /** The code of the server's own `error` event. */
  code: string | null;
  /** The last error that the client itself reported. */
  clientError: string | null;
}

/** Uses a client as its documentation shows, until it ends or is stopped. */
export type Client = (
  request: ClientRequest,
  state: ClientState,
  stop: AbortSignal,
) => Promise<void>;

export function initialState(): ClientState {
  return { text: '', final: false, code: null, clientError: null };
}

/**
 * Adds an event to the state, like a page that ignores unknown and malformed events.
 * @returns whether the event ends the stream
 */
export function addEvent(state: ClientState, event: string | undefined, data: string): boolean {
  if (event === 'ping') return false;
  const { delta, isFinal, code } = parse(data);
  if (typeof delta === 'string') state.text += delta;
  if (isFinal === true) state.final = true;
  if (typeof code === 'string') state.code = code;
  return isFinal === true || typeof code === 'string';
}

function parse(data: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(data);
    return typeof json === 'object' && json !== null ? { ...json } : {};
  } catch {
    return {};
  }
}

/** Returns the options of `fetch` for a POST. */
export function postOptions({ prompt }: ClientRequest): {
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
