import { addEvent, type Client } from './client.ts';

/** The part of `EventSource` (WHATWG HTML, 9.2) that this client uses. */
interface Source {
  readonly readyState: number;
  readonly CLOSED: number;
  addEventListener(name: string, listener: (event: Event) => void): void;
  close(): void;
}

/** The `EventSource` of a browser or of the npm package `eventsource`, which sends GET. */
export function eventSourceClient(EventSource: new (url: string) => Source): Client {
  return ({ url, prompt, closedAtEnd }, state, stop) =>
    new Promise((resolve) => {
      const source = new EventSource(`${url}?stream=true&prompt=${encodeURIComponent(prompt)}`);
      const close = () => {
        source.close();
        resolve();
      };
      const take = (event: Event) => {
        // An error with data is the server's own `error` event.
        if (!('data' in event)) takeError(event);
        else if (addEvent(state, event.type, String(event.data)) && closedAtEnd) close();
      };
      const takeError = (event: Event) => {
        const status = 'code' in event ? event.code : undefined;
        state.clientError = typeof status === 'number' ? `HTTP ${status}` : 'no cause';
        if (source.readyState === source.CLOSED) resolve();
      };
      stop.addEventListener('abort', close);
      source.addEventListener('message', take);
      source.addEventListener('error', take);
    });
}
