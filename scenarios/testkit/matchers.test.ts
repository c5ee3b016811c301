import { expect } from 'vitest';

import { rehearsalTest } from './vitest.ts';

const test = rehearsalTest({ speed: 10, gateway: { pingInterval: '100ms' } });

test('the fixture passes options of the gateway on', async ({ rehearsal }) => {
  const response = await fetch(`${rehearsal.endpoint}&prompt=hi&fault=hold`);
  let body = '';
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    body += text;
    if (body.includes('event: ping')) break;
  }
  expect(body).toContain('event: ping');
});

test('a matcher lists the requests, and has a message of its own for .not', async ({
  rehearsal,
}) => {
  expect(() => expect(rehearsal.requests()).toRetryAtMost(0)).toThrow(
    'expected the client not to retry, but no request was recorded',
  );
  await rehearsal.next({ fault: { httpStatus: { status: 429, retryAfter: '60s' } } });
  for (const status of [429, 200]) {
    const response = await fetch(`${rehearsal.endpoint}&prompt=hi`);
    expect(response.status).toBe(status);
    await response.text();
  }
  const requests = rehearsal.requests();
  expect(requests).toRetryAtMost(1);
  expect(requests).not.toRetryAtMost(0);
  expect(requests).not.toWaitForRetryAfter();
  expect(() => expect(requests).toWaitForRetryAfter()).toThrow(
    'expected the client to wait 60000 ms for Retry-After, but it retried after',
  );
  expect(() => expect(requests).toDisconnectWithin(10)).toThrow(
    /^expected the client to disconnect within 10 ms, but one stream ended after [\d.]+ ms .*:\n  /,
  );
  expect(() => expect(requests).not.toRetryAtMost(1)).toThrow(
    /^expected the client to retry more than 1 time, but it sent 2 requests:\n  .*\n  /,
  );
  // @ts-expect-error -- the time is missing
  expect(() => expect(requests).toDisconnectWithin()).toThrow('to disconnect within undefined ms');
});

test('.not fails too without a request to judge', async ({ rehearsal }) => {
  const none = rehearsal.requests();
  const noRequest = /^expected the client .*, but no request was recorded$/;
  expect(() => expect(none).not.toDisconnectWithin(10)).toThrow(noRequest);
  expect(() => expect(none).not.toRetryAtMost(0)).toThrow(noRequest);
  expect(() => expect(none).not.toStopAfterFinal()).toThrow(noRequest);
  expect(() => expect(none).not.toWaitForRetryAfter()).toThrow('no response had a Retry-After');
  await rehearsal.next({ fault: { httpStatus: { status: 503 } } });
  await (await fetch(`${rehearsal.endpoint}&prompt=hi`)).text();
  const refused = rehearsal.requests();
  expect(() => expect(refused).not.toStopAfterFinal()).toThrow('had its final message:\n  ');
  expect(() => expect(refused).not.toWaitForRetryAfter()).toThrow('had a Retry-After:\n  ');
});

test('the former names of the matchers do the same', ({ rehearsal }) => {
  const requests = rehearsal.requests();
  expect(() => expect(requests).not.toBeRetriedAtMost(0)).toThrow('no request was recorded');
  expect(() => expect(requests).toBeRetriedAtMost(0)).toThrow('not to retry');
  expect(() => expect(requests).toBeCancelledWithin(10)).toThrow('to disconnect within 10 ms');
  expect(() => expect(requests).toBeRetriedNotBeforeRetryAfter()).toThrow(
    'to wait for Retry-After',
  );
  expect(() => expect(requests).toBeAskedNoMoreAfterFinal()).toThrow('to stop after the final');
});
