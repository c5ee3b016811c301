import { expect, test } from 'vitest';

import { dialectNames } from '../../../proto/dialects/dialect.ts';
import { loadInFormats } from '../support/load-stack.ts';

const formats = [undefined, ...dialectNames];

const load = { streams: 8, total: 24 };

const text = { text: { generate: { chars: 80 } }, firstToken: '30ms', interToken: '5ms' };

/** Behaviours, and how many outcomes their streams have. */
const behaviours: Readonly<Record<string, { outcomes: number; behaviour: object }>> = {
  healthy: { outcomes: 1, behaviour: text },
  'refused or failed': {
    outcomes: 3,
    behaviour: {
      ...text,
      faults: [
        { refuse: { status: 'RESOURCE_EXHAUSTED' }, probability: '30%' },
        { errorStatus: { at: { chars: 30 }, status: 'INTERNAL' }, probability: '40%' },
        { errorField: { at: { chars: 10 }, message: 'no memory' }, probability: '40%' },
        { httpStatus: { status: 429 }, probability: '20%' },
      ],
    },
  },
  'cut, reset or malformed': {
    outcomes: 4,
    behaviour: {
      ...text,
      faults: [
        { truncate: { at: { chars: 20 } }, probability: '30%' },
        { resetConnection: { at: { chars: 40 } }, probability: '40%' },
        { malformedJson: { at: { chars: 10 } }, probability: '30%' },
      ],
    },
  },
};

test.each(Object.entries(behaviours))(
  '%s: streams end in every dialect as planned, and as in the specified format',
  async (_, { outcomes, behaviour }) => {
    const [specified, ...others] = await loadInFormats(behaviour, formats, load);
    const endsOf = (samples: typeof others) =>
      samples.map((each) =>
        each.samples.map(({ key, outcome, textSha256 }) => [key, outcome, textSha256]),
      );
    expect(specified?.expectations).toMatchObject({ asForetold: 24, differences: [] });
    const asPlanned = { asForetold: 24, differences: [] };
    expect(others.map(({ expectations }, index) => [dialectNames[index], expectations])).toEqual(
      dialectNames.map((dialect) => [dialect, expect.objectContaining(asPlanned)]),
    );
    const [ends, ...endsInDialects] = endsOf([...(specified ? [specified] : []), ...others]);
    expect(new Set(ends?.map(([, outcome]) => outcome)).size).toBe(outcomes);
    for (const each of endsInDialects) expect(each).toEqual(ends);
  },
);

test('the times of chunks are not those of the push interval (D2)', async () => {
  const [specified, ...others] = await loadInFormats(text, formats, load);
  const messages = ({ samples }: (typeof others)[number]) =>
    samples.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
  for (const each of others) {
    expect(messages(each)).toBe(messages(others[0] ?? each));
    expect(messages(each)).toBeGreaterThan(specified === undefined ? 0 : messages(specified));
  }
});

test('the first reasoning has a time of its own, before the first text', async () => {
  const behaviour = { ...text, reasoning: { given: 'First I think about it.' }, chunkChars: 4 };
  const loads = await loadInFormats(behaviour, formats, { streams: 2, total: 2 });
  const [specified, ...others] = loads.map(({ samples }) =>
    samples.map(({ firstReasoningMs, arrivals }) => [firstReasoningMs, arrivals.at(0)?.atMs]),
  );
  expect(specified?.map(([reasoningMs]) => reasoningMs)).toEqual([undefined, undefined]);
  for (const [reasoningMs = Infinity, textMs = 0] of others.flat()) {
    expect(reasoningMs).toBeLessThan(textMs);
  }
  expect(loads.map(({ expectations }) => expectations?.asForetold)).toEqual([2, 2, 2, 2, 2]);
});

test('the first chunk but for its lateness, and the messages of an interval, are the same in every dialect', async () => {
  const loads = await loadInFormats(text, formats, load);
  const [specified, ...others] = loads.map(({ samples }) =>
    samples.map(({ arrivals, planned }) => ({
      firstMs: Math.round((arrivals.at(0)?.atMs ?? 0) - (planned?.latenessMs[0] ?? 0)),
      messages: arrivals.length,
    })),
  );
  const [first] = others;
  expect(first).toHaveLength(24);
  expect(first?.every(({ firstMs, messages }) => firstMs >= 30 && messages > 1)).toBe(true);
  expect(others).toEqual(dialectNames.map(() => first));
  // The specified format merges messages (D2): of its times, the first one is comparable.
  expect(specified?.map(({ firstMs }) => firstMs)).toEqual(first?.map(({ firstMs }) => firstMs));
});
