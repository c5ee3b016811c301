import type { ClientEnd } from '../../../clients/observation.ts';
import type { ClientRequest } from '../../../clients/observe-client.ts';

/** The state of a generation on a page; plain data, so that it can leave the browser. */
export interface ClientState {
  text: string;
  /** Whether the client considers the answer complete. */
  final: boolean;
  /** The code of the server's own `error` event. */
  code: string | null;
  /** The last error that the client itself reported. */
  clientError: string | null;
  /** The finish reason that the client reports with a success. */
  finishReason: string | null;
}

/**
 * Uses a client as its documentation shows, until the stream ends or is stopped. A thrown error counts as
 * the client's report.
 */
export type Client = (
  request: ClientRequest,
  state: ClientState,
  stop: AbortSignal,
) => Promise<void>;

function initialState(): ClientState {
  return { text: '', final: false, code: null, clientError: null, finishReason: null };
}

/** Runs a client and returns its last state. */
export async function runClient(
  client: Client,
  request: ClientRequest,
  stop: AbortSignal,
): Promise<ClientState> {
  const state = initialState();
  try {
    await client(request, state, stop);
    state.final ||= !stop.aborted && state.code === null && state.clientError === null;
  } catch (error) {
    // After an abort the error says nothing about the stream.
    if (!stop.aborted) state.clientError = nameOf(error);
  }
  return state;
}

export function endOf({ text, final, code, clientError, finishReason }: ClientState): ClientEnd {
  const error = code ?? clientError;
  if (final) return { text, end: 'success', error: null, finishReason };
  return { text, end: error === null ? 'none' : 'error', error };
}

/** Returns the name of an error and its HTTP status. The message is omitted, since it may contain a port. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no Error';
  const name = error.name === 'Error' ? error.constructor.name : error.name;
  const status = 'statusCode' in error ? error.statusCode : 'status' in error ? error.status : '';
  return typeof status === 'number' ? `${name} ${status}` : name;
}

/**
 * Adds an event to the state, and ignores unknown and malformed events as a page does.
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
export function postOptions({ prompt }: Pick<ClientRequest, 'prompt'>): {
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
