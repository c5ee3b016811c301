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

test('each hop is compared with the hop before it', () => {
  const arrivals: [number, number][] = [
    [120, 2],
    [221, 4],
    [350, 6],
  ];
  expect(split(arrivals, { agent: [10, 111, 215, 310], gateway: [118, 216, 345] })).toEqual({
    requestMs: 10,
    agentMs: [1, 5, 0],
    gatewayMs: [7, 1, 35],
    clientMs: [2, 5, 5],
  });
});

test('a delay by the push interval is not lateness', () => {
  // The second chunk arrives 20 ms after the first push, and may be sent 30 ms later.
  const arrivals: [number, number][] = [
    [100, 2],
    [150, 4],
  ];
  expect(split(arrivals, { agent: [0, 100, 120], gateway: [100, 150] })?.gatewayMs).toEqual([0, 0]);
});

test('the first chunk of a message counts', () => {
  const arrivals: [number, number][] = [
    [100, 2],
    [320, 6],
  ];
  expect(split(arrivals, { agent: [0, 100, 230, 300], gateway: [100, 310] })).toMatchObject({
    agentMs: [0, 30],
    gatewayMs: [0, 80],
    clientMs: [0, 10],
  });
});

test('a message without text that the agent had sent makes the gateway late', () => {
  const arrivals: [number, number][] = [
    [100, 2],
    [260, 4],
    [310, 6],
  ];
  // The second message was due at 200; the third chunk came at 210, and had to wait until then.
  const sent = { agent: [0, 100, 200, 210], gateway: [100, 260, 310] };
  expect(split(arrivals, sent)?.gatewayMs).toEqual([0, 60, 0]);
  expect(split(arrivals, { ...sent, agent: [0, 100, 200, 190] })?.gatewayMs).toEqual([0, 70, 0]);
});

test('the next message has the remainder of a chunk that a message splits', () => {
  const arrivals: [number, number][] = [
    [100, 1],
    [150, 2],
  ];
  expect(split(arrivals, { agent: [0, 100], gateway: [100, 150] })?.agentMs).toEqual([0, 0]);
});

test('hops end at the first unknown send time, and a stream that the agent never received has none', () => {
  const arrivals: [number, number][] = [
    [100, 2],
    [220, 4],
  ];
  expect(split(arrivals, { agent: [0, 100], gateway: [100, 201] })?.clientMs).toEqual([0]);
  expect(split(arrivals, { agent: [0, 100, 200], gateway: [100] })?.clientMs).toEqual([0]);
  expect(split(arrivals, { agent: [], gateway: [100, 201] })).toBeNull();
});

test('before a gateway that is not ours, the client counts as late by as much as it may have been', () => {
  const arrivals: [number, number][] = [
    [190, 2],
    [300, 4],
    [301, 6],
  ];
  // The client read nothing from 290 on, and may have read the second message 10 ms late.
  const sent = {
    agent: [10, 110, 210, 220],
    gateway: null,
    clientLateMs: (atMs: number) => Math.max(0, Math.min(10, atMs - 290)),
  };
  expect(split(arrivals, sent)).toEqual({
    requestMs: 10,
    agentMs: [0, 0, 0],
    // The third chunk was sent at 220, and the second message lacks it.
    gatewayMs: [80, 70, 0],
    clientMs: [0, 10, 0],
  });
  // It is never later than the message itself.
  expect(split([[115, 2]], { ...sent, clientLateMs: () => 50 })).toMatchObject({
    gatewayMs: [0],
    clientMs: [5],
  });
});

test('a stream with a wire fault has no hops', () => {
  const sent = { agent: [0, 100], gateway: [100] };
  const wire = [{ fault: 'crlf' }] as const;
  expect(splitLateness({ arrivals: [] }, { ...plan, wire }, sent, 50)).toBeNull();
});
