import { createEventSource } from 'eventsource-client';

import { hear, posted, type Client } from './client.ts';

/** The npm package `eventsource-client`, which says nothing of failures: by POST. */
export const eventsourceClient: Client = async (request, heard, stop) => {
  const source = createEventSource({ url: request.url, ...posted(request) });
  stop.addEventListener('abort', () => source.close());
  for await (const { event, data } of source) {
    if (hear(heard, event, data) && request.closedAtEnd) break;
  }
  source.close();
};
