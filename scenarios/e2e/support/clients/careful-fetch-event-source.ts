import { fetchEventSource } from '@microsoft/fetch-event-source';

import { addEvent, postOptions, type Client } from './client.ts';

const mostAttempts = 3;

/** Stops the package's own retries. */
class FinalError extends Error {}

/** `@microsoft/fetch-event-source` with the additions of docs/clients.md. */
export const carefulFetchEventSource: Client = async (request, state, stop) => {
  const done = new AbortController();
  let attempts = 0;
  await fetchEventSource(request.url, {
    ...postOptions(request),
    signal: AbortSignal.any([stop, done.signal]),
    onopen({ ok, status, headers }) {
      attempts += 1;
      state.text = '';
      const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
      if (ok && isStream) return Promise.resolve();
      const canSucceed = status === 429 || status >= 500;
      const message = `status ${status}`;
      return Promise.reject(canSucceed ? new Error(message) : new FinalError(message));
    },
    onmessage({ event, data }) {
      if (addEvent(state, event, data)) done.abort();
    },
    onclose() {
      throw new Error('the stream ended before its final message');
    },
    onerror(error: Error) {
      if (error instanceof FinalError || attempts >= mostAttempts) throw error;
    },
  });
};
