import { hear, type Client } from './client.ts';

/** What the standard (WHATWG HTML, 9.2) has in an `EventSource`, as far as it is used here. */
interface Source {
  readonly readyState: number;
  readonly CLOSED: number;
  addEventListener(name: string, listener: (event: Event) => void): void;
  close(): void;
}

/** A browser's `EventSource`, or that of the npm package `eventsource`: by GET. */
export function eventSourceClient(EventSource: new (url: string) => Source): Client {
  return ({ url, prompt, closedAtEnd }, heard, stop) =>
    new Promise((resolve) => {
      const source = new EventSource(`${url}&prompt=${encodeURIComponent(prompt)}`);
      const close = () => {
        source.close();
        resolve();
      };
      const take = (event: Event) => {
        // With data an error is the server's own.
        if (!('data' in event)) complain(event);
        else if (hear(heard, event.type, String(event.data)) && closedAtEnd) close();
      };
      const complain = (event: Event) => {
        const status = 'code' in event ? event.code : undefined;
        heard.complaint = typeof status === 'number' ? `HTTP ${status}` : 'no cause';
        if (source.readyState === source.CLOSED) resolve();
      };
      stop.addEventListener('abort', close);
      source.addEventListener('message', take);
      source.addEventListener('error', take);
    });
}
