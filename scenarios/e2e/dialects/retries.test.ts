import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, expect, test } from 'vitest';

import {
  expectRetryAtMost,
  expectStopAfterFinal,
  expectWaitForRetryAfter,
} from '../../testkit/expect-requests.ts';
import { startRehearsal, type Rehearsal } from '../../testkit/start-rehearsal.ts';

/** Retries of the real clients, seen in the requests of a rehearsal. */

const messages = [{ role: 'user' as const, content: 'hello' }];

let rehearsal: Rehearsal;
afterEach(() => rehearsal.close());

async function start() {
  rehearsal = await startRehearsal({ scenario: 'healthy', speed: 'instant' });
  return {
    openai: new OpenAI({ baseURL: `${rehearsal.url}/v1`, apiKey: 'any' }),
    anthropic: new Anthropic({ baseURL: rehearsal.url, apiKey: 'any' }),
  };
}

test.each([429, 503])(
  'openai retries a %i twice, after the time in Retry-After',
  async (status) => {
    const { openai } = await start();
    await rehearsal.next({ fault: { httpStatus: { status, retryAfter: '1s' } } }, { times: 2 });
    const stream = await openai.chat.completions.create({ model: 'm', messages, stream: true });
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    expect(text).not.toBe('');
    const requests = rehearsal.requests();
    expect(requests).toMatchObject([
      {
        path: '/v1/chat/completions',
        transport: 'POST',
        prompt: 'hello',
        status,
        retryAfterSec: 1,
      },
      { path: '/v1/chat/completions', prompt: 'hello', status, retryAfterSec: 1 },
      { path: '/v1/chat/completions', prompt: 'hello', status: 200, end: 'final' },
    ]);
    expectRetryAtMost(requests, 2);
    expect(() => expectRetryAtMost(requests, 1)).toThrow('it sent 3 requests');
    expectWaitForRetryAfter(requests);
    expectStopAfterFinal(requests);
  },
);

test('openai throws its own error with its header after the last retry', async () => {
  const { openai } = await start();
  await rehearsal.next({ fault: { httpStatus: { status: 429, retryAfter: '1s' } } }, { times: 3 });
  const error: unknown = await openai.chat.completions
    .create({ model: 'm', messages })
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof OpenAI.RateLimitError)) throw new Error(`not a 429: ${String(error)}`);
  expect(error).toMatchObject({ status: 429, type: 'requests', code: 'rate_limit_exceeded' });
  expect(error.requestID).toMatch(/^req_/);
  expect(error.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  expectRetryAtMost(rehearsal.requests(), 2);
});

test('x-should-retry overrules the status for openai and anthropic', async () => {
  const { openai, anthropic } = await start();
  const final: Record<string, unknown>[] = [];
  for (const [status, shouldRetry] of [
    [503, false],
    [400, true],
  ] as const) {
    const fault = { httpStatus: { status, shouldRetry } };
    for (const ask of [
      () => openai.chat.completions.create({ model: 'm', messages }),
      () => anthropic.messages.create({ model: 'm', max_tokens: 10, messages }),
    ]) {
      rehearsal.reset();
      await rehearsal.next({ fault });
      const outcome = await ask().then(
        () => 'answered',
        (thrown: { status?: number }) => thrown.status,
      );
      final.push({ status, outcome, requests: rehearsal.requests().length });
    }
  }
  expect(final).toEqual([
    { status: 503, outcome: 503, requests: 1 },
    { status: 503, outcome: 503, requests: 1 },
    { status: 400, outcome: 'answered', requests: 2 },
    { status: 400, outcome: 'answered', requests: 2 },
  ]);
});

test('anthropic reads an overloaded server, and an error in the stream, as its own kind', async () => {
  const { anthropic } = await start();
  const ask = () =>
    anthropic.messages
      .stream({ model: 'm', max_tokens: 10, messages }, { maxRetries: 0 })
      .finalMessage()
      .catch((thrown: unknown) => thrown);
  await rehearsal.next({ fault: { httpStatus: { status: 529 } } });
  expect(await ask()).toMatchObject({
    status: 529,
    error: { type: 'error', error: { type: 'overloaded_error' } },
  });
  await rehearsal.next({ fault: { errorStatus: { at: { chars: 30 }, status: 'UNAVAILABLE' } } });
  expect(await ask()).toMatchObject({
    error: { type: 'error', error: { type: 'overloaded_error', message: 'the model failed' } },
  });
});
