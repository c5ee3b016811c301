// docs/testing.md shows this file to the letter; a test of it holds the two together.
import { expect } from 'vitest';

import { rehearsalTest } from '../testkit/vitest.ts';

// recipes from here

const test = rehearsalTest({ scenario: 'healthy', speed: 10 });

test('shows the text up to the end', async ({ rehearsal }) => {
  await rehearsal.use({ behaviour: { text: { given: 'Hello there' } } });
  const response = await fetch(`${rehearsal.endpoint}&prompt=hi`);
  const deltas = (await response.text()).matchAll(/"delta":"([^"]*)"/g);
  expect([...deltas].map(([, delta]) => delta).join('')).toBe('Hello there');
  await expect.poll(() => rehearsal.requests()).toMatchObject([{ end: 'final', chars: 11 }]);
  expect(rehearsal.requests()).toStopAfterFinal();
});

test('the stop button ends the work at the server', async ({ rehearsal }) => {
  await rehearsal.use({ behaviour: { firstToken: '10ms', interToken: '10s', chunkChars: 1 } });
  const stop = new AbortController();
  const response = await fetch(`${rehearsal.endpoint}&prompt=hi`, { signal: stop.signal });
  await response.body?.getReader().read();
  stop.abort();
  await expect.poll(() => rehearsal.requests()).toDisconnectWithin(5000);
});

test('waits for Retry-After, then repeats the request once', async ({ rehearsal }) => {
  await rehearsal.next({ fault: { httpStatus: { status: 429, retryAfter: '1s' } } });
  const ask = () => fetch(`${rehearsal.endpoint}&prompt=hi`);
  const refused = await ask();
  const pauseSec = Number(refused.headers.get('Retry-After'));
  await new Promise((resolve) => setTimeout(resolve, pauseSec * 1000 + 10));
  expect((await ask()).status).toBe(200);
  expect(rehearsal.requests()).toWaitForRetryAfter();
  expect(rehearsal.requests()).toRetryAtMost(1);
});
