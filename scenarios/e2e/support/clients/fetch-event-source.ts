import { fetchEventSource } from '@microsoft/fetch-event-source';

import { addEvent, postOptions, type Client } from './client.ts';

/** The npm package `@microsoft/fetch-event-source`, with POST. It runs only in a page. */
export const fetchEventSourceClient: Client = async (request, state, stop) => {
  const done = new AbortController();
  await fetchEventSource(request.url, {
    ...postOptions(request),
    signal: AbortSignal.any([stop, done.signal]),
    onmessage({ event, data }) {
      if (addEvent(state, event, data) && request.closedAtEnd) done.abort();
    },
    onerror(error: Error) {
      const isOfType = error.message.startsWith('Expected content-type');
      state.clientError = isOfType ? 'the type' : 'no cause';
    },
  });
};
