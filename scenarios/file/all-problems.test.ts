import { expect, test } from 'vitest';

import { describeIssue } from './describe-issue.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { scenarioSchema } from './scenario.ts';

function problemsOf(content: object): string[] {
  const scenario = { version: 1, description: 'a test', ...content };
  const { error } = scenarioSchema.safeParse(scenario, { error: wordIssue });
  const placed = (error?.issues ?? []).flatMap((issue) => describeIssue(issue, scenario));
  return placed.map(({ path, message }) => `${path.map(String).join('.')} ${message}`).toSorted();
}

/** Possible mistakes in one map; no two of a list correct each other. */
const mistakes: Readonly<Record<string, readonly object[]>> = {
  'an open load': [
    { streams: 5, arrivals: { perSecond: 5 } },
    { arrivals: { perSecond: 5 }, warmUp: 5, total: 5 },
    { think: 3 },
    { leave: { after: { chunks: 0 } } },
    { request: { token: 5 } },
    { idel: 3 },
  ],
  'a load of stages': [
    { stages: [{ over: '1s', to: 1 }], window: '5s' },
    { stages: [{ over: '1s', to: 1 }], total: 5 },
    { stages: [{ over: '1s', to: 1 }], streams: 'many' },
    { idleLimit: '0s' },
    { readSlowly: { bytesPerSec: 0 } },
  ],
  'a behaviour': [
    { text: { generate: { tokens: 500_000 } } },
    { tokenChars: { min: 0, max: 4 } },
    { chunkChars: 'five' },
    { interToken: { bursts: { tokens: { min: 9, max: 1 }, within: '5ms', pause: '1s' } } },
    { firstToken: { lognormal: { median: '2s', p99: '1s' } } },
    { faults: [{ tornFrames: {} }, { bufferedBody: { x: 1 } }] },
    { slowing: { above: 'x' } },
    { spede: 1 },
  ],
  'a text': [
    { generate: { chars: 5, tokens: 5 } },
    { generate: { language: 'de' } },
    { foo: 1, generate: {} },
  ],
  'a trace': [
    {
      given: [
        { ms: 5, text: 'a' },
        { ms: 1, text: 'b' },
      ],
    },
    {
      given: [
        { ms: 5, text: 'a' },
        { ms: 1, text: 'b' },
        { ms: 'x', text: 'c' },
      ],
    },
  ],
  'a fault': [
    { stall: { at: 'start', for: 3 }, crlf: {} },
    { probability: 5, crlf: {} },
    { first: 0, crlf: {} },
  ],
  'a list of faults': [
    { 0: { tornFrames: {} }, 1: { bufferedBody: { x: 1 } } },
    { 2: { crlf: {}, probability: 5 } },
    { 3: 'stall' },
    { 4: { errorStatus: { at: 'x' } } },
  ],
  'a condition': [{ nth: 0 }, { promptMatches: '[' }, { model: '', nht: 1 }],
  'a target': [{ target: '2s', alarm: '1s' }, { alrm: 1 }],
};

const fiveFaults = Array.from({ length: 5 }, () => 'crlf');

const around: Readonly<Record<string, (map: object) => object>> = {
  'an open load': (map) => ({ load: map }),
  'a load of stages': (map) => ({ load: map }),
  'a behaviour': (map) => ({ behaviour: map }),
  'a text': (map) => ({ behaviour: { text: map } }),
  'a trace': (map) => ({ behaviour: { trace: map } }),
  'a fault': (map) => ({ behaviour: { faults: [map] } }),
  'a list of faults': (map) => ({
    behaviour: { faults: fiveFaults.map((fault, index) => Reflect.get(map, index) ?? fault) },
  }),
  'a condition': (map) => ({ cases: [{ when: map }] }),
  'a target': (map) => ({ targets: { firstChunk: map } }),
};

function merged(a: object, b: object): object {
  const both: Record<string, unknown> = { ...a, ...b };
  for (const [key, value] of Object.entries(a)) {
    const other: unknown = Reflect.get(b, key);
    if (isMap(value) && isMap(other)) both[key] = merged(value, other);
  }
  return both;
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const pairs = Object.entries(mistakes).flatMap(([where, list]) =>
  list.flatMap((a, index) => list.slice(index + 1).map((b) => [where, a, b] as const)),
);

test.each(pairs)('in %s, neither %j nor %j hides a problem of the other', (where, a, b) => {
  const place = around[where] ?? ((map) => map);
  const alone = [...problemsOf(place(a)), ...problemsOf(place(b))];
  expect(problemsOf(place(merged(a, b)))).toEqual(expect.arrayContaining(alone));
  expect(alone.length).toBeGreaterThan(0);
});
