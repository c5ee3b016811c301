import { request } from 'node:http';

import { createParser } from 'eventsource-parser';
import { expect, test } from 'vitest';

import { startInProcess } from './support/in-process-stack.ts';

interface Attempt {
  text: string;
  lastEventId: string | undefined;
}

/** Reads a stream until so many characters have come, then breaks the connection; Infinity reads to its end. */
function readUpTo(
  method: 'GET' | 'POST',
  endpoint: string,
  mostChars: number,
  lastEventId?: string,
): Promise<Attempt> {
  return new Promise((resolve, reject) => {
    const attempt: Attempt = { text: '', lastEventId };
    const parser = createParser({
      onEvent({ event, data, id }) {
        if (event !== 'message' || attempt.text.length >= mostChars) return;
        attempt.text += (JSON.parse(data) as { delta: string }).delta;
        attempt.lastEventId = id ?? attempt.lastEventId;
        if (attempt.text.length >= mostChars) sent.destroy();
      },
    });
    const url = `${endpoint}?key=k${method === 'GET' ? '&prompt=hi' : '&ids=true'}`;
    const headers = {
      'Content-Type': 'application/json',
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    };
    const sent = request(url, { method, headers }, (response) => {
      response.setEncoding('utf8').on('data', (bytes: string) => parser.feed(bytes));
    });
    sent.on('close', () => resolve(attempt));
    sent.on('error', (error) => {
      if (attempt.text === '') reject(error);
    });
    sent.end(method === 'POST' ? JSON.stringify({ prompt: 'hi' }) : undefined);
  });
}

test.each([
  ['GET', 0],
  ['GET', 30],
  ['GET', 1000],
  ['POST', 0],
  ['POST', 1000],
] as const)(
  'a text that was cut twice and resumed by %s is exact, with headers sent after %i ms at most',
  async (method, acceptWaitMs) => {
    const { agent, endpoint } = await startInProcess(
      {
        text: { generate: { chars: 500, language: 'zh' } },
        firstToken: '5ms',
        interToken: '1ms',
        faults: [{ slowAccept: { for: '100ms' } }],
      },
      { acceptWaitMs, pushIntervalMs: 2 },
    );
    const whole = await readUpTo(method, endpoint, Number.POSITIVE_INFINITY);
    expect(whole.text).toHaveLength(500);

    const first = await readUpTo(method, endpoint, 100);
    const second = await readUpTo(method, endpoint, 100, first.lastEventId);
    const third = await readUpTo(method, endpoint, Number.POSITIVE_INFINITY, second.lastEventId);
    expect(first.text + second.text + third.text).toBe(whole.text);
    expect(third.lastEventId).toMatch(/^500~end~/);
    expect(agent.stats().streamsStarted).toBe(4);
  },
);

test('cuts strike behind a slow agent, and the resumed text is exact', async () => {
  const { endpoint } = await startInProcess(
    {
      text: { generate: { chars: 500, language: 'zh' } },
      firstToken: '5ms',
      interToken: '1ms',
      faults: [
        { slowAccept: { for: '100ms' } },
        { dropConnection: { at: { chars: 200 }, midEvent: true } },
      ],
    },
    { acceptWaitMs: 10, faultWaitMs: 10, pushIntervalMs: 2, wireFaults: true },
  );
  const cut = await readUpTo('GET', endpoint, Number.POSITIVE_INFINITY);
  expect(cut.lastEventId).toMatch(/^2\d\d~scenario=test&key=k&/);
  expect(cut.text).toHaveLength(Number.parseInt(cut.lastEventId ?? '', 10));
  const rest = await readUpTo('GET', endpoint, Number.POSITIVE_INFINITY, cut.lastEventId);
  expect(cut.text.length + rest.text.length).toBe(500);
  expect(rest.lastEventId).toMatch(/^500~end~/);
});
