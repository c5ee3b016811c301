import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect } from 'vitest';

/** A server-sent event, as it came. */
export type WireEvent = Pick<EventSourceMessage, 'event' | 'data'>;

/** Reads all events of a body, which has nothing else: no comments, ids or retry times. */
export function readEvents(body: string): WireEvent[] {
  const events: WireEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, data, id }) => {
      expect(id).toBeUndefined();
      events.push({ event, data });
    },
    onComment: (comment) => expect.unreachable(`comment ${comment}`),
    onRetry: (ms) => expect.unreachable(`retry ${ms}`),
    onError: (error) => expect.unreachable(String(error)),
  });
  parser.feed(body);
  expect(body.endsWith('\n\n')).toBe(true);
  return events;
}

export function dataOf({ data }: WireEvent): unknown {
  return JSON.parse(data);
}

/** @param order of the words that the kinds are, with a space after each but the last */
export function expectOrder(kinds: readonly string[], order: RegExp): void {
  expect(kinds.join(' ')).toMatch(order);
}
