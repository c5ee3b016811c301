import fc from 'fast-check';
import { expect, test } from 'vitest';

import { keyMetadata } from '../../../proto/metadata.ts';
import { loadSchema, withTraffic } from './profile.ts';
import { refuseLargeLoad } from './refuse-large-load.ts';
import { runLoad } from '../run-load.ts';
import { arrivalsOf, wholeLoad } from './shard.ts';
import { countOutcomes } from '../testing/load-runs.ts';
import { goodStream, startRawServer } from '../testing/raw-server.ts';
import { busiestSecond, parseTraffic, trafficPrompt } from './traffic.ts';

const jsonl = (...requests: object[]) =>
  requests.map((request) => `${JSON.stringify(request)}\n`).join('');

const problemsOf = (text: string) =>
  parseTraffic(text).problems.map(({ line, message }) => `${line}: ${message}`);

test('the names of public traces are read, and times count from the first request', () => {
  const mooncake = jsonl(
    { timestamp: 27_482, input_length: 6955, output_length: 52, hash_ids: [46, 47] },
    { timestamp: 30_535, input_length: 6472, output_length: 26, hash_ids: [46, 2353] },
  );
  expect(parseTraffic(mooncake).given).toEqual([
    { dueAtMs: 0, promptTokens: 6955 },
    { dueAtMs: 3053, promptTokens: 6472 },
  ]);
  const azure = jsonl(
    { TIMESTAMP: '2023-11-16 18:17:03.9799600', ContextTokens: 4808, GeneratedTokens: 10 },
    { TIMESTAMP: '2023-11-16 18:17:04.0319600', ContextTokens: 3180, GeneratedTokens: 8 },
    { TIMESTAMP: '2023-11-16T20:17:05Z', ContextTokens: 110, GeneratedTokens: 27 },
    { TIMESTAMP: '2023-11-16 21:17:05.5+01:00', ContextTokens: 7, GeneratedTokens: 27 },
  );
  expect(parseTraffic(azure).given.map(({ dueAtMs }) => Math.round(dueAtMs))).toEqual([
    0, 52, 7_201_020, 7_201_520,
  ]);
  expect(parseTraffic(azure).given.map(({ promptTokens }) => promptTokens)).toEqual([
    4808, 3180, 110, 7,
  ]);
  const burst = jsonl(
    { Timestamp: 5, Model: 'ChatGPT', 'Request tokens': 472, 'Response tokens': 18 },
    { Timestamp: 45.5, Model: 'GPT-4', 'Request tokens': 1087, 'Response tokens': 230 },
  );
  expect(parseTraffic(burst).given).toEqual([
    { dueAtMs: 0, promptTokens: 472 },
    { dueAtMs: 40_500, promptTokens: 1087 },
  ]);
});

test('every wrong line is named', () => {
  expect(
    problemsOf(
      `${jsonl({ timestamp: 5 })}\nhello\n${jsonl(
        { timestamp: 4 },
        { input_length: 4 },
        { timestamp: 6, input_length: -1 },
        { timestamp: 'noon' },
        { timestamp: 7, prompt: '' },
        { timestamp: 3e9 },
      )}[]\n`,
    ),
  ).toEqual([
    '3: not JSON; a line is a request: {"timestamp": 1200, "input_length": 512}',
    '4: is earlier than the line above; sort the lines by time',
    '5: timestamp: is missing',
    expect.stringMatching(/^6: input_length: /),
    '7: timestamp: "noon" is neither a number nor a time such as 2023-11-16 18:17:03.9799600',
    expect.stringMatching(/^8: prompt: /),
    '9: is more than 24 days after the first line',
    expect.stringMatching(/^10: /),
  ]);
  expect(
    problemsOf(
      jsonl(
        { TIMESTAMP: '2023-02-29 12:00:00' },
        { Timestamp: 'noon' },
        { timestamp: 5, Timestamp: 5 },
        { timestamp: null },
      ),
    ),
  ).toEqual([
    expect.stringMatching(/^1: TIMESTAMP: "2023-02-29 12:00:00" is neither /),
    expect.stringMatching(/^2: Timestamp: "noon" is neither /),
    '3: has both timestamp and Timestamp; write one time',
    expect.stringMatching(/^4: timestamp: /),
  ]);
  expect(problemsOf('TIMESTAMP,ContextTokens\n2023-11-16 18:17:03,4808\n')).toEqual([
    expect.stringMatching(/^1: looks like CSV, .* mlr --icsv --ojsonl .*docs\/scenarios\.md/),
  ]);
  expect(problemsOf('\n')).toEqual(['1: a traffic trace has at least one request']);
  expect(problemsOf('no\n'.repeat(100))).toHaveLength(20);
});

test('a prompt is the recorded one, or has the recorded length, the same for the same seed and key', () => {
  const traffic = parseTraffic(
    jsonl(
      { timestamp: 0, prompt: 'Hello', input_length: 9 },
      { timestamp: 1, input_length: 300 },
      { timestamp: 2 },
      { timestamp: 3, input_length: 0 },
    ),
  );
  const promptOf = (number: number, seed = 1) =>
    trafficPrompt(traffic, number, { seed, key: `load-${number}` });
  expect(promptOf(0)).toBe('Hello');
  expect(promptOf(1)).toHaveLength(1200);
  expect(promptOf(1)).toBe(promptOf(1));
  expect(promptOf(1)).not.toBe(promptOf(1, 2));
  expect([promptOf(2), promptOf(3)]).toEqual([null, null]);
});

const recorded = (timesMs: readonly number[]) =>
  withTraffic(
    loadSchema.parse({ arrivals: { trace: 'seen.jsonl' } }),
    parseTraffic(jsonl(...timesMs.map((timestamp) => ({ timestamp })))),
  );

test('the arrivals of all shards are those of the trace, also where several are due at once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (gaps, of) => {
        let atMs = 0;
        const profile = recorded(gaps.map((gap) => (atMs += gap % 3 === 0 ? 0 : gap)));
        const whole = [...arrivalsOf(profile, Math.random, wholeLoad)];
        expect(whole).toHaveLength(gaps.length);
        const divided = Array.from({ length: of }, (_, index) => [
          ...arrivalsOf(profile, Math.random, { number: index + 1, of }),
        ]).flat();
        expect(divided.toSorted((a, b) => a.number - b.number)).toEqual(whole);
      },
    ),
  );
});

test('the busiest second decides whether a trace is too large for one process', () => {
  const profile = (timesMs: number[]) =>
    parseTraffic(jsonl(...timesMs.map((timestamp) => ({ timestamp }))));
  expect(busiestSecond(profile([0, 500, 999, 1000, 1500, 5000]))).toBe(3);
  const burst = recorded(Array.from({ length: 20_001 }, (_, n) => 5000 + n / 100));
  expect(() => refuseLargeLoad(burst)).toThrow('20,001 arrivals per second');
  expect(() => refuseLargeLoad(burst, { number: 1, of: 3 })).not.toThrow();
});

test('each request is sent when it is due, with its own prompt', async () => {
  const server = await startRawServer((_, socket) => goodStream(socket));
  const profile = withTraffic(
    loadSchema.parse({ arrivals: { trace: 'seen.jsonl' }, request: { prompt: 'of the scenario' } }),
    parseTraffic(
      jsonl(
        { timestamp: 100, prompt: 'one' },
        { timestamp: 150 },
        { timestamp: 200, input_length: 10 },
        { timestamp: 250 },
      ),
    ),
  );
  const { samples, phases } = await runLoad({ url: server.url, profile });
  await server.deserted();
  expect(countOutcomes(samples)).toEqual({ completed: 4 });
  const byStart = samples.toSorted((a, b) => a.startAtMs - b.startAtMs);
  expect(byStart.map(({ key, phase, startAtMs }) => ({ key, phase, startAtMs }))).toEqual(
    [0, 50, 100, 150].map((startAtMs, n) => ({ key: `load-${n}`, phase: 'window', startAtMs })),
  );
  expect(phases.find(({ name }) => name === 'window')).toMatchObject({
    startAtMs: 0,
    endAtMs: 151,
  });
  const promptOf = (key: string) => {
    const request = server.requests.find(({ headers }) => headers[keyMetadata] === key);
    return (JSON.parse(request?.body ?? '{}') as { prompt: string }).prompt;
  };
  const prompts = ['load-0', 'load-1', 'load-2', 'load-3'].map(promptOf);
  expect(prompts[0]).toBe('one');
  expect(prompts[1]).toBe('of the scenario');
  expect(prompts[2]).toHaveLength(40);
  expect(prompts[3]).toBe('of the scenario');
});

test('what contradicts a trace is refused', () => {
  const messages = (load: object) =>
    (loadSchema.safeParse(load).error?.issues ?? []).map(({ path }) => path.join('.'));
  const load = {
    arrivals: { trace: 'seen.jsonl', perSecond: 5, law: 'constant' },
    ramp: '1s',
    warmUp: '1s',
    window: '1s',
    total: 5,
  };
  expect(messages(load)).toEqual(
    expect.arrayContaining([
      'arrivals.perSecond',
      'arrivals.law',
      'ramp',
      'warmUp',
      'window',
      'total',
    ]),
  );
  expect(messages({ arrivals: { trace: 'x' }, stages: [{ over: '1s', to: 5 }] })).toEqual([
    'stages',
  ]);
  expect(messages({ arrivals: { trace: 'x' }, streams: 5 })).toEqual(['streams']);
  expect(messages({ arrivals: { trace: 'x' } })).toEqual([]);
});
