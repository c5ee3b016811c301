import { expect, test } from 'vitest';

import { splitLateness, type SentByHop } from './split-lateness.ts';

/** Three chunks of two characters, 100 ms apart. */
const plan = {
  chunks: [
    { delta: 'ab', isFinal: false, atMs: 100 },
    { delta: 'cd', isFinal: false, atMs: 200 },
    { delta: 'ef', isFinal: true, atMs: 300 },
  ],
  wire: [],
};

const split = (arrivals: [atMs: number, chars: number][], sent: SentByHop) =>
  splitLateness({ arrivals: arrivals.map(([atMs, chars]) => ({ atMs, chars })) }, plan, sent, 50);

test('each hop is held against what it had before it', () => {
  const seen: [number, number][] = [
    [120, 2],
    [221, 4],
    [350, 6],
  ];
  expect(split(seen, { agent: [10, 111, 215, 310], gateway: [118, 216, 345] })).toEqual({
    requestMs: 10,
    agentMs: [1, 5, 0],
    gatewayMs: [7, 1, 35],
    clientMs: [2, 5, 5],
  });
});

test('what waits for the push interval is not late', () => {
  // The second chunk comes 20 ms after the first was pushed, and may leave 30 ms later.
  const seen: [number, number][] = [
    [100, 2],
    [150, 4],
  ];
  expect(split(seen, { agent: [0, 100, 120], gateway: [100, 150] })?.gatewayMs).toEqual([0, 0]);
});

test('of several chunks in a message, the first of them counts', () => {
  const seen: [number, number][] = [
    [100, 2],
    [320, 6],
  ];
  expect(split(seen, { agent: [0, 100, 230, 300], gateway: [100, 310] })).toMatchObject({
    agentMs: [0, 30],
    gatewayMs: [0, 80],
    clientMs: [0, 10],
  });
});

test('text that the agent had sent, and a message lacks, makes the gateway late', () => {
  const seen: [number, number][] = [
    [100, 2],
    [260, 4],
    [310, 6],
  ];
  // The second message could have left at 200; the third chunk came at 210, and had to wait till then.
  const sent = { agent: [0, 100, 200, 210], gateway: [100, 260, 310] };
  expect(split(seen, sent)?.gatewayMs).toEqual([0, 60, 0]);
  expect(split(seen, { ...sent, agent: [0, 100, 200, 190] })?.gatewayMs).toEqual([0, 70, 0]);
});

test('a message that ends in the middle of a chunk leaves the rest of it to the next', () => {
  const seen: [number, number][] = [
    [100, 1],
    [150, 2],
  ];
  expect(split(seen, { agent: [0, 100], gateway: [100, 150] })?.agentMs).toEqual([0, 0]);
});

test('what agent or gateway did not say ends it, and a stream that the agent never had has none', () => {
  const seen: [number, number][] = [
    [100, 2],
    [220, 4],
  ];
  expect(split(seen, { agent: [0, 100], gateway: [100, 201] })?.clientMs).toEqual([0]);
  expect(split(seen, { agent: [0, 100, 200], gateway: [100] })?.clientMs).toEqual([0]);
  expect(split(seen, { agent: [], gateway: [100, 201] })).toBeNull();
});

test('a stream that the wire was to change has no hops', () => {
  const sent = { agent: [0, 100], gateway: [100] };
  const wire = [{ fault: 'crlf' }] as const;
  expect(splitLateness({ arrivals: [] }, { ...plan, wire }, sent, 50)).toBeNull();
});
