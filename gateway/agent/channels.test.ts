import { expect, test } from 'vitest';

import { createChannelPool } from './channels.ts';

function createCounted() {
  const opened: { closed: boolean }[] = [];
  const pool = createChannelPool(() => {
    const channel = { closed: false, close: () => {} };
    channel.close = () => {
      channel.closed = true;
    };
    opened.push(channel);
    return channel;
  });
  return { pool, opened };
}

test('calls share one channel as long as all of them could be cancelled at once', () => {
  const { pool, opened } = createCounted();
  for (let count = 0; count < 700; count += 1) pool.lease();
  expect(opened).toHaveLength(1);
  pool.lease();
  expect(opened).toHaveLength(2);
});

test('calls that complete do not retire a channel', () => {
  const { pool, opened } = createCounted();
  for (let count = 0; count < 10_000; count += 1) pool.lease().release(false);
  expect(opened).toHaveLength(1);
});

test('a channel is retired after 350 cancels, and closed when its last call ends', () => {
  const { pool, opened } = createCounted();
  const last = pool.lease();
  for (let count = 0; count < 350; count += 1) pool.lease().release(true);
  expect(pool.lease().channel).not.toBe(last.channel);
  expect(opened.map(({ closed }) => closed)).toEqual([false, false]);
  last.release(false);
  expect(opened.map(({ closed }) => closed)).toEqual([true, false]);
});

test('for any sequence of cancels, no channel has more than 700', () => {
  const { pool, opened } = createCounted();
  const cancels = new Map<unknown, number>();
  let leases = Array.from({ length: 2000 }, () => pool.lease());
  for (let round = 0; round < 5; round += 1) {
    for (const { channel, release } of leases) {
      cancels.set(channel, (cancels.get(channel) ?? 0) + 1);
      release(true);
    }
    leases = Array.from({ length: 2000 }, () => pool.lease());
  }
  expect(Math.max(...cancels.values())).toBeLessThanOrEqual(700);
  expect(opened.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(3);
});

test('closing closes every channel', () => {
  const { pool, opened } = createCounted();
  for (let count = 0; count < 1500; count += 1) pool.lease();
  pool.close();
  expect(opened.map(({ closed }) => closed)).toEqual([true, true, true]);
});
