import { initialState, type Client, type ClientRequest, type ClientState } from './client.ts';
import { eventSourceClient } from './event-source.ts';
import { fetchEventSourceClient } from './fetch-event-source.ts';

/** The clients that run in a page; this module is bundled as its script. */
const clients: Record<string, Client> = {
  EventSource: eventSourceClient(EventSource),
  'fetch-event-source': fetchEventSourceClient,
};

let stopping = new AbortController();

/** Runs one client at a time. */
export async function run(name: string, request: ClientRequest): Promise<ClientState> {
  const client = clients[name];
  if (client === undefined) throw new Error(`no client ${name} in this page`);
  const state = initialState();
  stopping = new AbortController();
  await client(request, state, stopping.signal);
  return state;
}

export function stop(): void {
  stopping.abort();
}
