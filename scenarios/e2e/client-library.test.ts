import { readdirSync } from 'node:fs';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { generate, GenerateError, type GenerateOptions } from '../../client/index.ts';
import type { FaultEntry } from '../../mock-agent/faults/index.ts';
import { planStream } from '../../mock-agent/plan/plan.ts';
import { findScenarios } from '../file/find-scenario.ts';
import { predictOutcome, type PredictedOutcome } from '../expect/predict-outcome.ts';
import { startRehearsal, type Rehearsal } from '../testkit/start-rehearsal.ts';
import type { Scenario } from '../file/scenario.ts';

/** The client that the package ships, against every scenario of the catalogue and on its own. */
const names = readdirSync(new URL('../catalog/', import.meta.url)).map((file) =>
  file.replace('.yaml', ''),
);
const speed = 25;
/** At this speed no stream of the catalogue that goes on pauses for so long. */
const idleTimeoutMs = 4000;

let scenarios: Scenario[];
let rehearsal: Rehearsal;

beforeAll(async () => {
  scenarios = await findScenarios(names);
  rehearsal = await startRehearsal({
    scenarios: names,
    seed: 1,
    speed,
  });
});

afterAll(() => rehearsal.close());

interface Told {
  kind: GenerateError['kind'] | 'completed';
  text: string;
  status?: number | undefined;
  code?: string | undefined;
  limit?: string | undefined;
}

async function ask(options: Partial<GenerateOptions>, url = rehearsal.endpoint): Promise<Told> {
  let text = '';
  try {
    for await (const chunk of generate(url, { prompt: 'hello', ...options })) ({ text } = chunk);
    return { kind: 'completed', text };
  } catch (error) {
    if (!(error instanceof GenerateError)) throw error;
    // The error has what the loop had.
    if (error.text !== text) throw new Error(`${error.text} is not ${text}`, { cause: error });
    const { kind, status, code, limit } = error;
    return { kind, text, status, code, limit };
  }
}

/** What a good client makes of how a stream ends. */
function expected({ outcome, status, code, text }: PredictedOutcome): object {
  switch (outcome) {
    case 'completed':
      return { kind: 'completed', text };
    case 'failed':
      return { kind: 'generation', code, text };
    case 'rejected':
      return status === 200 ? { kind: 'protocol', text: '' } : { kind: 'http', status, text: '' };
    case 'malformed':
      return { kind: 'protocol', text };
    case 'stalled':
      return { kind: 'timeout', limit: text === '' ? 'first-chunk' : 'idle', text };
    case 'reset':
      // What was received and not yet read, a reset takes with it.
      return { kind: 'cut' };
    case 'cut':
      return { kind: 'cut', text };
    case 'refused':
    case 'timed-out':
    case 'left':
    case 'censored':
      throw new Error(`no plan foretells ${outcome}`);
  }
}

test.each(names)('the client reads every stream of %s as planned', async (name) => {
  const behaviour = scenarios.find((scenario) => scenario.name === name)?.behaviour;
  if (behaviour === undefined) throw new Error('the catalogue changed under the test');
  const keys = Array.from({ length: 12 }, (_, index) => `k-${index}`);
  const told = await Promise.all(
    keys.map((key) =>
      ask({
        headers: { 'x-rehearsal-scenario': name, 'x-rehearsal-key': key },
        model: 'gpt-4',
        idleTimeoutMs,
        firstChunkTimeoutMs: 2 * idleTimeoutMs,
      }),
    ),
  );
  const plans = keys.map((key) =>
    planStream(behaviour, 1, { scenario: name, key, prompt: 'hello', model: 'gpt-4', speed }),
  );
  expect(told).toMatchObject(plans.map((plan) => expected(predictOutcome(plan))));
});

const own = async (scenario: Parameters<typeof startRehearsal>[0]) => {
  const started = await startRehearsal(scenario);
  return {
    ...started,
    url: started.endpoint,
    ended: () => started.requests().map(({ end }) => end),
  };
};

test('leaving the loop, aborting, and a limit each end the work of the server', async () => {
  await using server = await own({ scenario: 'long-answer' });
  for await (const { isFinal } of generate(server.url, { prompt: 'a' })) {
    expect(isFinal).toBe(false);
    break;
  }
  await expect.poll(server.ended).toEqual(['client-left']);

  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  expect(await ask({ signal: stop.signal }, server.url)).toMatchObject({ kind: 'aborted' });
  expect(await ask({ totalTimeoutMs: 500 }, server.url)).toMatchObject({
    kind: 'timeout',
    limit: 'total',
  });
  expect(await ask({ firstChunkTimeoutMs: 10 }, server.url)).toEqual({
    kind: 'timeout',
    limit: 'first-chunk',
    text: '',
  });
  await expect.poll(() => server.ended().every((end) => end !== null)).toBe(true);
});

test('a cut stream is resumed at its place, with no character doubled or missing', async () => {
  const text = 'A text that is long enough to be cut in the middle of it, and gone on with.';
  await using server = await own({
    scenario: {
      behaviour: {
        text: { given: text },
        firstToken: '5ms',
        interToken: '10ms',
        faults: [{ dropConnection: { at: { chars: 40 } } }],
      },
    },
  });
  // A prompt that fits into no URL.
  const prompt = '写一段故事'.repeat(600);
  expect(await ask({ prompt, resume: 2 }, server.url)).toEqual({ kind: 'completed', text });
  expect(server.requests()).toMatchObject([
    { transport: 'POST', lastEventId: null },
    { transport: 'POST', lastEventId: expect.stringContaining('~') },
  ]);
  const cut = await ask({}, server.url);
  expect(cut.kind).toBe('cut');
  expect(text.startsWith(cut.text)).toBe(true);
});

test('doubled events are read once, by their ids, and missing text fails the stream', async () => {
  const text = 'One event in the middle of this text goes wrong, and all others arrive unharmed.';
  const fault = { at: { chars: 30 } };
  await using server = await own({
    scenario: { behaviour: { text: { given: text }, firstToken: '5ms', interToken: '10ms' } },
  });
  const askWith = async (entry: FaultEntry) => {
    await server.next({ fault: entry });
    return ask({ resume: 1 }, server.url);
  };
  expect(await askWith({ duplicatedEvent: fault })).toEqual({ kind: 'completed', text });
  const wrong = await Promise.all([
    askWith({ missingEvent: fault }),
    askWith({ swappedEvents: fault }),
  ]);
  for (const told of wrong) {
    expect(told.kind).toBe('protocol');
    expect(told.text.length).toBeGreaterThanOrEqual(30);
    expect(text.startsWith(told.text)).toBe(true);
  }
  expect(server.requests()).toHaveLength(3);
});

test('Retry-After does not count as waiting for text, and a pause longer than the total limit does not begin', async () => {
  await using server = await own({ speed: 'instant' });
  const refuse = (retryAfter: string) =>
    server.next({ fault: { httpStatus: { status: 503, retryAfter } } });
  await refuse('1s');
  const patient = await ask({ retry: 1, firstChunkTimeoutMs: 900 }, server.url);
  expect(patient.kind).toBe('completed');
  await refuse('3600s');
  expect(await ask({ retry: 1 }, server.url)).toMatchObject({ kind: 'http', status: 503 });
  expect(server.requests()).toHaveLength(3);
});

test('a refused request is repeated only on demand, and after Retry-After', async () => {
  await using server = await own({ scenario: 'fails-twice', speed: 'instant' });
  expect(await ask({ prompt: 'once' }, server.url)).toMatchObject({ kind: 'http', status: 503 });
  const told = await ask({ prompt: 'again', retry: 2 }, server.url);
  expect(told.kind).toBe('completed');
  const [, first, second, third] = server.requests();
  const waited = [first, second].map((entry, index) => {
    const next = [second, third][index];
    const betweenMs = Date.parse(next?.at ?? '') - Date.parse(entry?.at ?? '');
    return betweenMs >= (entry?.retryAfterSec ?? 0) * 1000 - 2;
  });
  expect(waited).toEqual([true, true]);
}, 30_000);

test('data blocks without an event name are read; no connection is a cut', async () => {
  await using server = await own({ speed: 'instant' });
  const told = await ask({}, `${server.url}?frames=data`);
  expect(told.kind).toBe('completed');
  expect(told.text).toHaveLength(500);
  const failing = await ask(
    { headers: { 'x-rehearsal-fault': '{"errorField":{"at":{"chars":20},"message":"no"}}' } },
    `${server.url}?frames=data`,
  );
  expect(failing).toMatchObject({ kind: 'generation', code: 'GENERATION_ERROR' });
  await server.close();
  expect(await ask({}, server.url)).toMatchObject({ kind: 'cut', text: '' });
});

test('text() resolves with the whole text', async () => {
  await using server = await own({ scenario: { behaviour: { text: { given: 'all of it' } } } });
  expect(await generate(server.url, { prompt: 'a' }).text()).toBe('all of it');
});
