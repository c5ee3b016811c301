import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

import { expect, test } from 'vitest';

import { combineObservers, type ArrivedRequest, type RequestEvents } from './observer.ts';

const request: ArrivedRequest = {
  transport: 'GET',
  message: new IncomingMessage(new Socket()),
  query: {},
};

const observing = (events: RequestEvents | undefined) => ({ arrived: () => events });

test('an event that nobody observes has no callback', () => {
  const observers = [observing({ ended: () => {} }), observing({ ended: () => {} })];
  const { message, acknowledged } = combineObservers(observers).arrived(request);
  expect({ message, acknowledged }).toEqual({ message: undefined, acknowledged: undefined });
});

test('the callback of the only observer of an event is called directly', () => {
  const message = () => {};
  const observers = [observing({ message }), observing({}), observing(undefined), {}];
  expect(combineObservers(observers).arrived(request).message).toBe(message);
});

test('several observers of an event receive the same, in their order', () => {
  const calls: unknown[] = [];
  const recording = (name: string) =>
    observing({
      message: (atMs, delta) => calls.push([name, atMs, delta]),
      ended: (cause) => calls.push([name, cause]),
    });
  const events = combineObservers([recording('a'), recording('b')]).arrived(request);
  events.message?.(5, 'text');
  events.ended?.('cut');
  expect(calls).toEqual([
    ['a', 5, 'text'],
    ['b', 5, 'text'],
    ['a', 'cut'],
    ['b', 'cut'],
  ]);
});
