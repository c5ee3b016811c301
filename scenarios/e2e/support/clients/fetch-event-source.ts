import { fetchEventSource } from '@microsoft/fetch-event-source';

import { hear, posted, type Client } from './client.ts';

/** The npm package `@microsoft/fetch-event-source`, which needs a page: by POST. */
export const fetchEventSourceClient: Client = async (request, heard, stop) => {
  const done = new AbortController();
  await fetchEventSource(request.url, {
    ...posted(request),
    signal: AbortSignal.any([stop, done.signal]),
    onmessage({ event, data }) {
      if (hear(heard, event, data) && request.closedAtEnd) done.abort();
    },
    onerror(error: Error) {
      const isOfType = error.message.startsWith('Expected content-type');
      heard.complaint = isOfType ? 'the type' : 'no cause';
    },
  });
};
