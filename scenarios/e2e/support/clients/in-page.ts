import { nothingHeard, type Client, type ClientRequest, type Heard } from './client.ts';
import { eventSourceClient } from './event-source.ts';
import { fetchEventSourceClient } from './fetch-event-source.ts';

/** The clients that run in a page: bundled, it is their script. */
const clients: Record<string, Client> = {
  EventSource: eventSourceClient(EventSource),
  'fetch-event-source': fetchEventSourceClient,
};

let stopping = new AbortController();

/** Runs one client at a time. */
export async function run(name: string, request: ClientRequest): Promise<Heard> {
  const client = clients[name];
  if (client === undefined) throw new Error(`no client ${name} in this page`);
  const heard = nothingHeard();
  stopping = new AbortController();
  await client(request, heard, stopping.signal);
  return heard;
}

export function stop(): void {
  stopping.abort();
}
