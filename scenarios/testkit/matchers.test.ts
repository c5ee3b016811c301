import { expect } from 'vitest';

import { rehearsalTest } from './vitest.ts';

const test = rehearsalTest({ speed: 10 });

test('a matcher says what was seen, and may be turned round', async ({ rehearsal }) => {
  expect(() => expect(rehearsal.requests()).toBeRetriedAtMost(0)).toThrow('no request came');
  await rehearsal.next({ fault: { httpStatus: { status: 429, retryAfter: '60s' } } });
  for (const status of [429, 200]) {
    const response = await fetch(`${rehearsal.endpoint}&prompt=hi`);
    expect(response.status).toBe(status);
    await response.text();
  }
  const requests = rehearsal.requests();
  expect(requests).toBeRetriedAtMost(1);
  expect(requests).not.toBeRetriedAtMost(0);
  expect(requests).not.toBeRetriedNotBeforeRetryAfter();
  expect(() => expect(requests).toBeRetriedNotBeforeRetryAfter()).toThrow(
    'the client was to wait 60000 ms as Retry-After says, but asked again after',
  );
  expect(() => expect(requests).toBeCancelledWithin(10)).toThrow('; seen:\n  ');
  expect(() => expect(requests).not.toBeRetriedAtMost(1)).toThrow('were not to be so');
  // @ts-expect-error -- how long is not said
  expect(() => expect(requests).toBeCancelledWithin()).toThrow('the client was to leave within');
});
