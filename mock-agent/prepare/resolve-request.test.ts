import { Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import type { ChatMessage, ChatTool } from '../../proto/parts.ts';
import { behaviourSchema } from '../plan/behaviour.ts';
import { casesSchema } from '../plan/cases.ts';
import { createRequestCounter } from './request-counter.ts';
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
  count = createRequestCounter(),
) {
  const callMetadata = new Metadata();
  for (const [name, value] of Object.entries(metadata)) callMetadata.set(name, value);
  const resolved = resolveRequest({ prompt, model }, callMetadata, agent, count);
  return { ...resolved, behaviour: behaviourOf(resolved) };
}

test('a request without metadata gets the first scenario with the agent’s seed', () => {
  expect(resolve()).toMatchObject({
    seed: 42,
    request: { scenario: 'healthy', prompt: 'hello', model: 'gpt-4' },
  });
});

test.each([
  ['fauit', 'x-rehearsal-*: there is no "fauit"; did you mean "fault"?'],
  ['speeed', 'x-rehearsal-*: there is no "speeed"; did you mean "speed"?'],
  [
    'whatever',
    'x-rehearsal-*: there is no "whatever"; there are scenario, key, seed, nth, resume, speed, fault, test',
  ],
])('the unknown name x-rehearsal-%s is refused', (name, message) => {
  expect(() => resolve({ [`x-rehearsal-${name}`]: 'cut' })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message }) as Error,
  );
});

test('names of other tools, and those that a gateway sets or sends back, are accepted', () => {
  const names = ['stream', 'accept-wait', 'held', 'epoch', 'struck', 'wire'];
  const metadata = names.map((name) => [`x-rehearsal-${name}`, '1']);
  const others = { 'x-request-id': '1', 'x-rehearsa': '1' };
  expect(() => resolve({ ...Object.fromEntries(metadata), ...others })).not.toThrow();
});

test('without a seed of the agent’s own, each scenario has its seed', () => {
  const { scenarios } = agent;
  const seeds = scenarios.map(({ name }) => {
    const metadata = new Metadata();
    metadata.set('x-rehearsal-scenario', name);
    const request = { prompt: 'a', model: 'm' };
    const own = scenarios.map((each, index) => ({ ...each, seed: index + 10 }));
    return resolveRequest(request, metadata, { scenarios: own }, createRequestCounter()).seed;
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

test.each(['rehearsal/', 'rehearsal/slow\n', 'rehearsal/ slow'])(
  'the model %j names a scenario that does not exist, and not the default one',
  (model) => {
    expect(() => resolve({}, { model })).toThrow(/^scenario: there is no "/);
  },
);

test('the model name rehearsal/<scenario> chooses the scenario', () => {
  expect(resolve({}, { model: 'rehearsal/slow' }).request.scenario).toBe('slow');
});

test('metadata overrides the model’s name', () => {
  const { request } = resolve({ 'x-rehearsal-scenario': 'healthy' }, { model: 'rehearsal/slow' });
  expect(request.scenario).toBe('healthy');
});

test('an agent that reads keys in prompts plans the prompt without its key', () => {
  const scenarios = [
    {
      name: 'cases',
      behaviour,
      cases: casesSchema.parse([{ when: { promptMatches: 'hello$' }, behaviour: second }]),
      seed: 1,
    },
  ];
  const prompt = 'hello [rehearsal-key load-3-7]';
  const resolve = (keyInPrompt: boolean, metadata = new Metadata()) => {
    const request = { prompt, model: 'm' };
    const options = { scenarios, keyInPrompt };
    const resolved = resolveRequest(request, metadata, options, createRequestCounter());
    return { ...resolved.request, text: behaviourOf(resolved).text };
  };
  expect(resolve(true)).toMatchObject({ prompt: 'hello', key: 'load-3-7', nth: 1, ...second });
  expect(resolve(false)).toMatchObject({ prompt, text: behaviour.text });
  const metadata = new Metadata();
  metadata.set('x-rehearsal-key', 'forwarded');
  expect(resolve(true, metadata)).toMatchObject({ prompt: 'hello', key: 'forwarded' });
});

test('the default key contains the number of the request for its prompt and model', () => {
  const counter = createRequestCounter();
  const keyOf = (prompt: string) => resolve({}, { prompt }, counter).request.key;
  expect([keyOf('a'), keyOf('b'), keyOf('a')]).toEqual([
    defaultKey({ prompt: 'a', model: 'gpt-4' }, 1),
    defaultKey({ prompt: 'b', model: 'gpt-4' }, 1),
    defaultKey({ prompt: 'a', model: 'gpt-4' }, 2),
  ]);
});

test('the key of a conversation depends on all its messages and the names of its tools', () => {
  const user = (content: string) => ({
    role: 'user' as const,
    content,
    toolCalls: [],
    toolCallId: '',
  });
  const assistant = { ...user('Hi.'), role: 'assistant' as const };
  const tool = { name: 'find', description: 'Finds.', parameters: '{}' };
  const keyOf = (request: { messages?: readonly ChatMessage[]; tools?: readonly ChatTool[] }) =>
    resolveRequest(
      { prompt: 'hello', model: 'gpt-4', ...request },
      new Metadata(),
      agent,
      createRequestCounter(),
    ).request.key;
  const first = [user('hello')];
  const second = [...first, assistant, user('hello')];
  const keys = [
    keyOf({}),
    keyOf({ messages: second }),
    keyOf({ messages: [...first, { ...assistant, content: 'Yes?' }, user('hello')] }),
    keyOf({ messages: first, tools: [tool] }),
    keyOf({ messages: first, tools: [{ ...tool, name: 'search' }] }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  // The same question is the same stream in every format.
  expect(keyOf({ messages: first })).toBe(keys[0]);
  const { role, ...others } = assistant;
  expect(keyOf({ messages: [...first, { ...others, role }, user('hello')] })).toBe(keys[1]);
  expect(keyOf({ messages: first, tools: [{ ...tool, parameters: '' }] })).toBe(keys[3]);
});

test('a case can match the second request, with and without a key', () => {
  const counter = createRequestCounter();
  const textOf = (metadata: Record<string, string>) =>
    resolve(metadata, {}, counter).behaviour.text;
  const keyed = { 'x-rehearsal-key': 'mine' };
  expect([textOf({}), textOf(keyed)]).toEqual([behaviour.text, behaviour.text]);
  expect([textOf({}), textOf(keyed)]).toEqual([second.text, second.text]);
  expect([textOf({}), textOf(keyed)]).toEqual([behaviour.text, behaviour.text]);
});

test('a request with a key is not counted for its prompt and model', () => {
  const counter = createRequestCounter();
  resolve({ 'x-rehearsal-key': 'mine' }, {}, counter);
  expect(resolve({}, {}, counter).request.key).toBe(
    defaultKey({ prompt: 'hello', model: 'gpt-4' }, 1),
  );
});

test('requests are counted per scenario', () => {
  const counter = createRequestCounter();
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

test('an unknown scenario is NOT_FOUND, and the message lists the known ones', () => {
  expect(() => resolve({ 'x-rehearsal-scenario': 'nope' })).toThrow(
    expect.objectContaining({
      code: 'NOT_FOUND',
      message: 'scenario: there is no "nope" here; this agent was started with healthy, slow',
    }),
  );
});

test.each([
  ['x-rehearsal-scenario', 'helthy', { 'x-rehearsal-scenario': 'helthy' }, 'gpt-4'],
  ['the model', 'Slw', {}, 'rehearsal/Slw'],
])(
  'the message for a misspelt scenario in %s suggests the nearest one',
  (_, name, metadata, model) => {
    const near = name === 'helthy' ? 'healthy' : 'slow';
    expect(() => resolve(metadata, { model })).toThrow(
      expect.objectContaining({
        code: 'NOT_FOUND',
        message: `scenario: there is no "${name}" here; did you mean "${near}"? This agent was started with healthy, slow`,
      }),
    );
  },
);

test('with many scenarios the message suggests the nearest one or lists all, and names their document', () => {
  const many = Array.from({ length: 30 }, (_, index) => ({
    name: `scenario-${String.fromCodePoint(97 + index).repeat(5)}`,
    behaviour,
    cases: [],
    seed: 1,
  }));
  const refusalOf = (model: string) => () =>
    resolveRequest(
      { prompt: 'a', model },
      new Metadata(),
      { scenarios: many },
      createRequestCounter(),
    );
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
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
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
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test('an empty prompt is INVALID_ARGUMENT', () => {
  expect(() => resolve({}, { prompt: '' })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test('a request adds a fault after those of the behaviour, by name or as JSON', () => {
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
    /^fault: there is no "nonsense"; there are refuse, .* \(docs\/faults\.md describes each\)$/,
  ],
  [
    'stal',
    /^fault: there is no "stal"; did you mean "stall"\? \(docs\/faults\.md describes each\)$/,
  ],
  [
    '{"stal": {"for": "3s"}}',
    /^fault: there is no "stal"; did you mean "stall"\? \(docs\/faults\.md describes each\)$/,
  ],
  ['{"toString": {}}', /^fault: there is no "toString"; there are refuse, /],
  ['x'.repeat(1000), /^fault: there is no "x{60}…"; there are refuse, /],
  ["{'stall': 1}", /^fault: not JSON; write it like \{"stall"/],
  ['{"stall": {"at": 1, "for": 2}}', /^fault: stall\.at: .*; stall\.for: /],
  ['{"stall": {"at": "start", "for": "3s"}, "noFinal": {}}', /^fault: .*names one fault, not both/],
])('an invalid fault is refused with what to write: %s', (text, message) => {
  expect(() => resolve({ 'x-rehearsal-fault': text })).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    }),
  );
});

test('requests are counted per test, and each epoch restarts the count', () => {
  const count = createRequestCounter();
  const nthOf = (metadata: Record<string, string>) => resolve(metadata, {}, count).request.nth;
  expect(nthOf({})).toBe(1);
  expect(nthOf({ 'x-rehearsal-test': 'a' })).toBe(1);
  expect(nthOf({ 'x-rehearsal-test': 'a' })).toBe(2);
  expect(nthOf({ 'x-rehearsal-test': 'b' })).toBe(1);
  expect(nthOf({ 'x-rehearsal-test': 'a', 'x-rehearsal-epoch': '1' })).toBe(1);
  expect(nthOf({})).toBe(2);
});
