import { expect, test } from 'vitest';

import { dialectNames, type DialectName } from '../../../proto/dialects/dialect.ts';
import { scenarioMetadata, seedMetadata } from '../../../proto/metadata.ts';
import type { JudgedSample } from '../../../reports/sample.ts';
import { holdAgainstPlans } from '../../../reports/verdict/expectations.ts';
import { compareSamples, plansOf } from '../../expect/compare-samples.ts';
import { scenarioSchema } from '../../file/scenario.ts';
import { pathOfLoad } from '../../load/request.ts';
import { runLoad } from '../../load/run-load.ts';
import type { Shard } from '../../load/profile/shard.ts';
import { startInProcess } from '../support/in-process-stack.ts';

const behaviour = {
  text: { generate: { chars: 40 } },
  firstToken: '10ms',
  interToken: '1ms',
};

/** A call of the first tool, then another one, then the answer. */
const cases = [
  {
    when: { hasTools: true, hasToolResult: false },
    behaviour: { ...behaviour, reasoning: { given: 'Hm.' }, toolCalls: [{}, {}] },
  },
  {
    when: { messageContains: 'and again' },
    behaviour: {
      ...behaviour,
      faults: [{ errorStatus: { at: { chars: 10 }, status: 'INTERNAL' } }],
    },
  },
];

const conversation = {
  turns: ['Weather in Lisbon?', 'And in Łódź?'],
  toolResults: { weather: '{"celsius":21}' },
};

const request = {
  tools: [
    {
      name: 'weather',
      description: 'Tells the weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ],
};

function scenarioOf(dialect: DialectName, load: object) {
  return {
    ...scenarioSchema.parse({
      version: 1,
      description: 'of a test',
      behaviour,
      cases,
      load: { ramp: '0s', conversation, ...load, request: { ...request, dialect } },
    }),
    name: 'test',
    file: 'test.yaml',
    source: '',
    files: [],
  };
}

async function hold(dialect: DialectName, load: object, shard: Shard = { number: 1, of: 1 }) {
  const scenario = scenarioOf(dialect, load);
  const { gateway } = await startInProcess(
    behaviour,
    { wireFaults: true, acceptWaitMs: 20_000 },
    cases,
  );
  const { samples } = await runLoad({
    url: gateway.url + pathOfLoad(scenario.load.request),
    profile: scenario.load,
    shard,
    headers: { [scenarioMetadata]: scenario.name, [seedMetadata]: '1' },
  });
  const judged = compareSamples(samples, plansOf(scenario, 1), scenario.load, () => null).samples;
  return {
    samples: judged.toSorted((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true })),
    expectations: holdAgainstPlans(judged, { expected: 0, seen: 0 }),
  };
}

const factsOf = (samples: readonly JudgedSample[]) =>
  samples.map(({ key, turn, step, outcome, textSha256 }) => ({
    key,
    turn,
    step,
    outcome,
    textSha256,
  }));

test.each(dialectNames)(
  '%s: each request of a conversation is a stream as planned',
  async (name) => {
    const { samples, expectations } = await hold(name, { streams: 2, total: 3 });
    expect(expectations).toMatchObject({ asForetold: 12, differences: [] });
    expect(samples.map(({ key, turn, step, outcome }) => [key, turn, step, outcome])).toEqual(
      [0, 1, 2].flatMap((n) => [
        [`load-${n}.1`, 1, 1, 'completed'],
        [`load-${n}.2`, 1, 2, 'completed'],
        [`load-${n}.3`, 2, 1, 'completed'],
        [`load-${n}.4`, 2, 2, 'completed'],
      ]),
    );
    expect(samples.every(({ phase }) => phase === 'window')).toBe(true);
    // The answers to two requests of a conversation are not the same.
    expect(new Set(samples.map(({ textSha256 }) => textSha256)).size).toBeGreaterThan(3);
  },
);

test('a stream that does not complete ends its conversation, as its plan says', async () => {
  const turns = ['Hello', 'Once more, and again', 'This is never said'];
  const { samples, expectations } = await hold('openai-chat', {
    streams: 1,
    total: 2,
    conversation: { turns },
  });
  expect(expectations).toMatchObject({ otherwise: 0, differences: [] });
  expect(samples.map(({ key, outcome }) => [key, outcome])).toEqual(
    [0, 1].flatMap((n) => [
      [`load-${n}.1`, 'completed'],
      [`load-${n}.2`, 'completed'],
      [`load-${n}.3`, 'completed'],
      [`load-${n}.4`, 'failed'],
    ]),
  );
});

test('the user thinks, tools take their time, and too many steps end a conversation', async () => {
  const { samples } = await hold('anthropic-messages', {
    streams: 1,
    total: 1,
    conversation: { ...conversation, think: '300ms', toolTime: '150ms' },
  });
  const pauses = samples.slice(1).map(({ startAtMs }, index) => {
    const { startAtMs: beforeMs = 0, durationMs = 0 } = samples[index] ?? {};
    return startAtMs - beforeMs - durationMs;
  });
  expect(pauses.map((ms, index) => ms >= (index === 1 ? 300 : 150))).toEqual([true, true, true]);

  const short = await hold('openai-chat', {
    streams: 1,
    total: 1,
    conversation: { ...conversation, mostSteps: 1 },
  });
  expect(short.samples.map(({ key }) => key)).toEqual(['load-0.1']);
});

test('no request starts after the window, and an abort ends a pause', async () => {
  const endless = { turns: Array.from({ length: 50 }, (_, index) => `Turn ${index}`) };
  const load = { warmUp: '0s', window: '2s', conversation: endless };
  for (const rate of [{ streams: 2 }, { arrivals: { perSecond: 3, law: 'constant' } }]) {
    const { samples, expectations } = await hold('openai-chat', { ...load, ...rate });
    expect(expectations).toMatchObject({ otherwise: 0, differences: [] });
    expect(samples.filter(({ startAtMs }) => startAtMs >= 2000)).toEqual([]);
    expect(samples.some(({ turn = 0 }) => turn > 1)).toBe(true);
  }
  const { gateway } = await startInProcess(behaviour);
  const leaving = new AbortController();
  const scenario = scenarioOf('openai-chat', {
    streams: 1,
    window: '5m',
    conversation: { turns: ['a', 'b'], think: '1m' },
  });
  const run = runLoad({
    url: gateway.url + pathOfLoad(scenario.load.request),
    profile: scenario.load,
    signal: leaving.signal,
    onProgress: ({ ended }) => {
      if (ended === 1) leaving.abort();
    },
  });
  expect((await run).samples).toHaveLength(1);
});

test.each([
  ['slots', { streams: 5, total: 10 }],
  ['arrivals', { arrivals: { perSecond: 20, law: 'poisson' }, total: 8 }],
])('the shards of a load with conversations run the streams of the whole: %s', async (_, load) => {
  const whole = await hold('openai-chat', load);
  const shards = [1, 2, 3].map((number) => hold('openai-chat', load, { number, of: 3 }));
  const parts = (await Promise.all(shards)).flatMap(({ samples }) => samples);
  const union = parts.toSorted((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
  expect(factsOf(union)).toEqual(factsOf(whole.samples));
  expect(whole.samples.length).toBeGreaterThan(30);
});
