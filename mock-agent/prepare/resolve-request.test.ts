import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { behaviourSchema } from '../plan/behaviour.ts';
import { casesSchema } from '../plan/cases.ts';
import { createAskCounter } from './ask-counter.ts';
import { behaviourOf, defaultKey, resolveRequest } from './resolve-request.ts';

const behaviour = behaviourSchema.parse({});
const second = { text: { given: 'the second time' } };
const agent = {
  scenarios: [
    {
      name: 'healthy',
      behaviour,
      cases: casesSchema.parse([{ when: { nth: 2 }, behaviour: second }]),
      seed: 1,
    },
    { name: 'slow', behaviour, cases: [], seed: 1 },
  ],
  seed: 42,
};

function resolve(
  metadata: Record<string, string> = {},
  { prompt = 'hello', model = 'gpt-4' } = {},
  count = createAskCounter(),
) {
  const carried = new Metadata();
  for (const [name, value] of Object.entries(metadata)) carried.set(name, value);
  const resolved = resolveRequest({ prompt, model }, carried, agent, count);
  return { ...resolved, behaviour: behaviourOf(resolved) };
}

test('a request that names nothing is answered by the first scenario under the agent’s seed', () => {
  expect(resolve()).toMatchObject({
    seed: 42,
    request: { scenario: 'healthy', prompt: 'hello', model: 'gpt-4' },
  });
});

test('without a seed of the agent’s own, each scenario has its seed', () => {
  const { scenarios } = agent;
  const seeds = scenarios.map(({ name }) => {
    const metadata = new Metadata();
    metadata.set('x-rehearsal-scenario', name);
    const asked = { prompt: 'a', model: 'm' };
    const own = scenarios.map((each, index) => ({ ...each, seed: index + 10 }));
    return resolveRequest(asked, metadata, { scenarios: own }, createAskCounter()).seed;
  });
  expect(seeds).toEqual([10, 11]);
});

test('metadata chooses scenario, key and seed', () => {
  expect(
    resolve({
      'x-rehearsal-scenario': 'slow',
      'x-rehearsal-key': 'my key',
      'x-rehearsal-seed': '-7',
    }),
  ).toMatchObject({ seed: -7, request: { scenario: 'slow', key: 'my key' } });
});

test('a model named rehearsal/<scenario> chooses it, for clients that can set nothing else', () => {
  expect(resolve({}, { model: 'rehearsal/slow' }).request.scenario).toBe('slow');
});

test('metadata wins over the model’s name', () => {
  const { request } = resolve({ 'x-rehearsal-scenario': 'healthy' }, { model: 'rehearsal/slow' });
  expect(request.scenario).toBe('healthy');
});

test('the key counts how often a prompt and model have been asked for', () => {
  const counter = createAskCounter();
  const keyOf = (prompt: string) => resolve({}, { prompt }, counter).request.key;
  expect([keyOf('a'), keyOf('b'), keyOf('a')]).toEqual([
    defaultKey('a', 'gpt-4', 1),
    defaultKey('b', 'gpt-4', 1),
    defaultKey('a', 'gpt-4', 2),
  ]);
});

test('a case can tell the second request from the first, by key and without one', () => {
  const counter = createAskCounter();
  const textOf = (metadata: Record<string, string>) =>
    resolve(metadata, {}, counter).behaviour.text;
  const keyed = { 'x-rehearsal-key': 'mine' };
  expect([textOf({}), textOf(keyed)]).toEqual([behaviour.text, behaviour.text]);
  expect([textOf({}), textOf(keyed)]).toEqual([second.text, second.text]);
  expect([textOf({}), textOf(keyed)]).toEqual([behaviour.text, behaviour.text]);
});

test('a request with a key of its own does not count', () => {
  const counter = createAskCounter();
  resolve({ 'x-rehearsal-key': 'mine' }, {}, counter);
  expect(resolve({}, {}, counter).request.key).toBe(defaultKey('hello', 'gpt-4', 1));
});

test('each scenario counts on its own', () => {
  const counter = createAskCounter();
  const nthOf = (scenario: string, key: string | undefined) =>
    resolve(
      {
        'x-rehearsal-scenario': scenario,
        ...(key === undefined ? {} : { 'x-rehearsal-key': key }),
      },
      {},
      counter,
    ).request.nth;
  expect([nthOf('slow', 'mine'), nthOf('healthy', 'mine'), nthOf('slow', 'mine')]).toEqual([
    1, 1, 2,
  ]);
  expect([nthOf('slow', undefined), nthOf('healthy', undefined)]).toEqual([1, 1]);
});

test('an unknown scenario is NOT_FOUND, and the answer names those there are', () => {
  expect(() => resolve({ 'x-rehearsal-scenario': 'nope' })).toThrow(
    expect.objectContaining({
      code: status.NOT_FOUND,
      message: 'scenario: there is no "nope" here; this agent was started with healthy, slow',
    }),
  );
});

test.each([
  ['x-rehearsal-scenario', 'helthy', { 'x-rehearsal-scenario': 'helthy' }, 'gpt-4'],
  ['the model', 'Slw', {}, 'rehearsal/Slw'],
])(
  'an unknown scenario in %s that is near a known one has it suggested',
  (_, name, metadata, model) => {
    const near = name === 'helthy' ? 'healthy' : 'slow';
    expect(() => resolve(metadata, { model })).toThrow(
      expect.objectContaining({
        code: status.NOT_FOUND,
        message: `scenario: there is no "${name}" here; did you mean "${near}"? This agent was started with healthy, slow`,
      }),
    );
  },
);

test('of many scenarios the nearest is named, or all, and where to read of them', () => {
  const many = Array.from({ length: 30 }, (_, index) => ({
    name: `scenario-${String.fromCodePoint(97 + index).repeat(5)}`,
    behaviour,
    cases: [],
    seed: 1,
  }));
  const refusalOf = (model: string) => () =>
    resolveRequest({ prompt: 'a', model }, new Metadata(), { scenarios: many }, createAskCounter());
  expect(refusalOf('rehearsal/scenario-bbbb')).toThrow(
    'scenario: there is no "scenario-bbbb" here; did you mean "scenario-bbbbb"? (docs/scenarios.md describes those of the catalogue)',
  );
  expect(refusalOf('rehearsal/nope')).toThrow(
    /^scenario: there is no "nope" here; this agent was started with scenario-aaaaa, .* \(docs\/scenarios\.md describes those of the catalogue\)$/,
  );
});

test.each(['1.5', 'abc', '', '99999999999999999999'])(
  'the seed "%s" is INVALID_ARGUMENT',
  (seed) => {
    expect(() => resolve({ 'x-rehearsal-seed': seed })).toThrow(
      expect.objectContaining({ code: status.INVALID_ARGUMENT }),
    );
  },
);

test('metadata sets the speed', () => {
  expect(resolve({ 'x-rehearsal-speed': '10' }).request.speed).toBe(10);
  expect(resolve({ 'x-rehearsal-speed': 'instant' }).request.speed).toBe('instant');
  expect(resolve().request.speed).toBeUndefined();
});

test.each(['0', '-1', 'fast', '', '1e9'])('the speed "%s" is INVALID_ARGUMENT', (speed) => {
  expect(() => resolve({ 'x-rehearsal-speed': speed })).toThrow(
    expect.objectContaining({ code: status.INVALID_ARGUMENT }),
  );
});

test('an empty prompt is INVALID_ARGUMENT', () => {
  expect(() => resolve({}, { prompt: '' })).toThrow(
    expect.objectContaining({ code: status.INVALID_ARGUMENT }),
  );
});

test('a fault of the request comes behind those of the behaviour, by name or as JSON', () => {
  const faultsOf = (text: string) =>
    resolve({ 'x-rehearsal-fault': text }).behaviour.faults.map(({ name, probability }) => ({
      name,
      probability,
    }));
  expect(faultsOf('noFinal')).toEqual([{ name: 'noFinal', probability: 1 }]);
  expect(faultsOf('{"stall": {"at": "start", "for": "3s"}, "probability": "50%"}')).toEqual([
    { name: 'stall', probability: 0.5 },
  ]);
  expect(behaviour.faults).toEqual([]);
});

test.each([
  [
    'nonsense',
    /^fault: there is no "nonsense"; there are refuse, .*, noPings \(docs\/faults\.md describes each\); write a name/,
  ],
  [
    'stal',
    /^fault: there is no "stal"; did you mean "stall"\? \(docs\/faults\.md describes each\); write a name/,
  ],
  [
    '{"stal": {"for": "3s"}}',
    /^fault: there is no "stal"; did you mean "stall"\? \(docs\/faults\.md describes each\)$/,
  ],
  ['{"toString": {}}', /^fault: there is no "toString"; there are refuse, /],
  ['x'.repeat(1000), /^fault: there is no "x{60}…"; there are refuse, /],
  ["{'stall': 1}", /^fault: no JSON; write it like \{"stall"/],
  ['stall', /^fault: stall\.at: .*; stall\.for: /],
  ['{"stall": {"at": "start", "for": "3s"}, "noFinal": {}}', /^fault: .*names one fault, not both/],
])('a fault that is none is refused and told: %s', (text, message) => {
  expect(() => resolve({ 'x-rehearsal-fault': text })).toThrow(
    expect.objectContaining({
      code: status.INVALID_ARGUMENT,
      message: expect.stringMatching(message),
    }),
  );
});

test('each test counts on its own, and anew with each epoch', () => {
  const count = createAskCounter();
  const nthOf = (metadata: Record<string, string>) => resolve(metadata, {}, count).request.nth;
  expect(nthOf({})).toBe(1);
  expect(nthOf({ 'x-rehearsal-test': 'a' })).toBe(1);
  expect(nthOf({ 'x-rehearsal-test': 'a' })).toBe(2);
  expect(nthOf({ 'x-rehearsal-test': 'b' })).toBe(1);
  expect(nthOf({ 'x-rehearsal-test': 'a', 'x-rehearsal-epoch': '1' })).toBe(1);
  expect(nthOf({})).toBe(2);
});
