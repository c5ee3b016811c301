import { isDeepStrictEqual } from 'node:util';

import * as fc from 'fast-check';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { startGateway } from '../../gateway/server.ts';
import { behaviourSchema, type Behaviour } from '../../mock-agent/plan/behaviour.ts';
import { planSha256, planStream, type StreamPlan } from '../../mock-agent/plan/plan.ts';
import { startMockAgent } from '../../mock-agent/server.ts';
import { readRaw, type RawAnswer } from '../../gateway/testing/read-raw.ts';
import { eventFaultsOf } from '../../proto/wire-fault.ts';
import { predictOutcome } from '../expect/predict-outcome.ts';
import { ask, headMs } from './support/ask.ts';
import {
  readHead,
  readStreamBody,
  streamedForms,
  type DialectForm,
} from './support/dialect-forms.ts';
import { predictAnswer, type PredictedAnswer } from './support/predict-answer.ts';

const seed = 20_251_021;

const place = fc.oneof(
  fc.constantFrom('start', 'end'),
  fc.record({ chunks: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ chars: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ time: fc.integer({ min: 0, max: 3000 }).map((ms) => `${ms}ms`) }),
);
const at = fc.record({ at: place });
const none = fc.constant({});
const duration = fc.integer({ min: 0, max: 2000 }).map((ms) => `${ms}ms`);
const status = fc.constantFrom('INTERNAL', 'UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'CANCELLED');
const cut = fc.record({ at: place, midEvent: fc.boolean() });

/** Every fault without the trait `reachesOthers`. */
const fault = fc.oneof(
  ...Object.entries({
    refuse: fc.record({ status }),
    slowAccept: fc.record({ for: duration }),
    errorStatus: fc.record({ at: place, status }),
    errorField: fc.record({ at: place, message: fc.constant('filtered') }),
    stall: fc.record({ at: place, for: duration }),
    silence: at,
    hold: at,
    trickle: fc.record({ at: place, interval: fc.constant('5ms') }),
    burst: at,
    noFinal: none,
    finalTwice: none,
    textAfterFinal: none,
    emptyChunks: at,
    hugeChunk: at,
    httpStatus: fc.record({
      status: fc.constantFrom(400, 401, 404, 429, 500, 502, 503, 504, 529),
      body: fc.constantFrom('json', 'page'),
    }),
    contentType: none,
    dropConnection: cut,
    resetConnection: cut,
    truncate: cut,
    malformedJson: at,
    duplicatedEvent: at,
    swappedEvents: at,
    missingEvent: at,
    tornFrames: none,
    gluedFrames: none,
    bufferedBody: none,
    crlf: none,
    noPings: none,
    quirk: none,
  }).map(([name, settings]) =>
    fc.record({
      [name]: settings,
      probability: fc.constantFrom('30%', '70%', '100%'),
    }),
  ),
);

const reasoning = fc.record({
  generate: fc.record({ chars: fc.integer({ min: 1, max: 80 }) }),
});

const toolCalls = fc.array(
  fc.record({
    name: fc.constantFrom('weather', 'time'),
    arguments: fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom('x', 'a "b" \\ c', '故事')),
    ),
    fragmentChars: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant('whole')),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Behaviours that a file may have; what contradicts itself is refused before. */
const behaviours = fc
  .record({
    reasoning: fc.option(reasoning, { nil: undefined }),
    toolCalls: fc.option(toolCalls, { nil: undefined }),
    text: fc.oneof(
      fc.record({ given: fc.constantFrom('Hello, 世界! 👩‍👩‍👧 é', 'x') }),
      fc.record({
        generate: fc.record({
          language: fc.constantFrom('zh', 'en'),
          chars: fc.integer({ min: 1, max: 300 }),
        }),
      }),
      fc.constant('echo'),
      fc.record({
        generate: fc.record({ tokens: fc.integer({ min: 1, max: 100 }) }),
      }),
    ),
    firstToken: duration,
    interToken: fc.oneof(
      fc.integer({ min: 0, max: 40 }).map((ms) => `${ms}ms`),
      fc.record({ tokensPerSecond: fc.integer({ min: 30, max: 1000 }) }),
      fc.constantFrom(
        { lognormal: { mean: '20ms', variation: 0.8 } },
        { normal: { mean: '20ms', deviation: '30ms' } },
        { bursts: { tokens: { min: 2, max: 9 }, within: '2ms', pause: '150ms' } },
      ),
    ),
    chunkChars: fc.integer({ min: 1, max: 20 }),
    faults: fc.array(fault, { maxLength: 4 }),
  })
  .map((input) => behaviourSchema.safeParse(input).data)
  .filter((behaviour) => behaviour !== undefined);

function scenariosOf(
  count: number,
): { name: string; behaviour: Behaviour; cases: []; seed: number }[] {
  return fc
    .sample(behaviours, { numRuns: count, seed })
    .map((behaviour, index) => ({ name: `random-${index}`, behaviour, cases: [], seed: 1 }));
}

/** Starts an agent with the scenarios, and a gateway before it. */
async function startWith(scenarios: ReturnType<typeof scenariosOf>) {
  const log = pino({ level: 'silent' });
  const agent = await startMockAgent({ scenarios, host: '127.0.0.1', port: 0, log });
  const gateway = await startGateway(
    {
      port: 0,
      agentAddress: agent.address,
      wireFaults: true,
      // However busy this machine is: a refusal and a fault of the wire come before a stream is open.
      acceptWaitMs: 30_000,
      pingIntervalMs: 60_000,
      closeGraceMs: 500,
    },
    log,
  );
  onTestFinished(async () => {
    await gateway.close();
    await agent.close();
  });
  return gateway.url;
}

const speed = 10;

/** For how long nothing comes before a stream counts as stalled; a ping would begin it anew. */
const idleMs = 15_000;

test('1000 concurrent streams of random behaviours are as planned', async () => {
  const scenarios = scenariosOf(250);
  const url = await startWith(scenarios);
  const asked = scenarios.flatMap(({ name }, index) =>
    // In an order that has nothing to do with that of the plans below.
    [3, 1, 2, 0].map((key) => ({ index, scenario: name, key: `k-${key}`, speed })),
  );
  const shuffled = asked.toSorted((a, b) => a.key.localeCompare(b.key) || b.index - a.index);
  const answers = await Promise.all(shuffled.map((each) => ask(url, each, idleMs)));
  const plans = shuffled.map(({ index, scenario, key }) =>
    planStream(scenarios[index]?.behaviour ?? behaviourSchema.parse({}), 1, {
      scenario,
      key,
      prompt: 'hello',
      model: 'gpt-4',
      speed,
    }),
  );
  const different = answers.flatMap((answer, index) => {
    const plan = plans[index];
    const foretold = plan && predictOutcome(plan);
    return isDeepStrictEqual(answer, foretold)
      ? []
      : [JSON.stringify({ ...shuffled[index], faults: plan?.faults, foretold, answer })];
  });
  expect(different).toEqual([]);
}, 120_000);

/** With LONG=1 every format (`make test-long`), else one. */
const forms = process.env['LONG'] === '1' ? streamedForms : streamedForms.slice(0, 1);

test.each(forms)(
  '$name: 250 concurrent streams of random behaviours have their planned parts',
  async (form) => {
    const scenarios = scenariosOf(250);
    const url = await startWith(scenarios);
    const answers = await Promise.all(
      scenarios.map(({ name }) =>
        readRaw(url, form.path, {
          body: form.body('hello'),
          headers: {
            'x-rehearsal-scenario': name,
            'x-rehearsal-key': 'k',
            'x-rehearsal-speed': String(speed),
          },
          idleMs,
          headMs,
        }),
      ),
    );
    const compared = answers.map((raw, index) => {
      const { name, behaviour } = scenarios[index] ?? unreachable();
      const plan = planStream(behaviour, 1, {
        scenario: name,
        key: 'k',
        prompt: 'hello',
        model: 'any',
        speed,
        messages: [{ role: 'user', content: 'hello', toolCalls: [], toolCallId: '' }],
      });
      return { name, plan, seen: seenBy(form, raw), foretold: predictAnswer(plan) };
    });
    const different = compared.flatMap(({ name, plan, seen, foretold }) => {
      // A call whose first fragment is lost or moved is put together by each client in its own way.
      const known = breaksCalls(plan) ? { ...seen, toolCalls: foretold.toolCalls } : seen;
      return isDeepStrictEqual(known, foretold)
        ? []
        : [JSON.stringify({ name, faults: plan.faults, wire: plan.wire, foretold, seen })];
    });
    expect(different).toEqual([]);
  },
  120_000,
);

function unreachable(): never {
  throw new Error('there is no such scenario');
}

/** Whether a fault of single events strikes a fragment of a tool call. */
function breaksCalls({ wire, chunks }: StreamPlan): boolean {
  const parts = chunks.filter(
    (chunk) => chunk.delta === '' && !chunk.isFinal && chunk.parts !== undefined,
  );
  return eventFaultsOf(wire).some(({ part = -1, how }) =>
    parts
      .slice(Math.max(0, part), part < 0 ? 0 : part + (how === 'swapped' ? 2 : 1))
      .some((chunk) => chunk.parts?.toolCalls !== undefined),
  );
}

function seenBy({ dialect }: DialectForm, raw: RawAnswer): PredictedAnswer {
  const { status } = readHead(raw);
  if (status !== 200) {
    return { status, outcome: 'rejected', text: '', reasoning: '', toolCalls: [] };
  }
  const {
    text,
    reasoning: thoughts,
    toolCalls: calls,
    ...answer
  } = readStreamBody(dialect, raw.body);
  const { ending, whole } = raw;
  const broken = ending === 'idle' ? 'stalled' : ending === 'end' || whole ? 'cut' : 'reset';
  const outcome = answer.isMalformed
    ? 'malformed'
    : answer.error !== undefined
      ? 'failed'
      : answer.isComplete
        ? 'completed'
        : broken;
  return { status, outcome, text, reasoning: thoughts, toolCalls: calls };
}

test('no plan depends on which others were made before it', () => {
  fc.assert(
    fc.property(
      behaviours,
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 10 }), { minLength: 2, maxLength: 8 }),
      fc.integer(),
      (behaviour, keys, planSeed) => {
        const planOf = (key: string) =>
          planSha256(
            planStream(behaviour, planSeed, { scenario: 's', key, prompt: 'p', model: 'm' }),
          );
        const alone = keys.map(planOf);
        const inReverse = keys.toReversed().map(planOf).toReversed();
        expect(inReverse).toEqual(alone);
      },
    ),
    { seed, numRuns: 200 },
  );
});
