import type { ClientRequest } from '../../../clients/observe-client.ts';
import { carefulFetchEventSource } from './careful-fetch-event-source.ts';
import { runClient, type Client, type ClientState } from './client.ts';
import { eventSourceClient } from './event-source.ts';
import { fetchEventSourceClient } from './fetch-event-source.ts';
import { useChatClient } from './use-chat.ts';

/** The clients that run in a page; this module is bundled as its script. */
const clients: Record<string, Client> = {
  EventSource: eventSourceClient(EventSource),
  'fetch-event-source': fetchEventSourceClient,
  'careful-fetch-event-source': carefulFetchEventSource,
  'use-chat': useChatClient,
};

let stopping = new AbortController();

/** Runs one client at a time. */
export async function run(name: string, request: ClientRequest): Promise<ClientState> {
  const client = clients[name];
  if (client === undefined) throw new Error(`no client ${name} in this page`);
  stopping = new AbortController();
  return runClient(client, request, stopping.signal);
}

export function stop(): void {
  stopping.abort();
}
