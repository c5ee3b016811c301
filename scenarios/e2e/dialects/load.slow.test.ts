import { expect, test } from 'vitest';

import { exampleSettings, settingsKeys } from '../../../mock-agent/faults/describe-faults.ts';
import { faultNames } from '../../../mock-agent/faults/all-faults.ts';
import { faultSchema, hasTrait } from '../../../mock-agent/faults/index.ts';
import { dialectNames } from '../../../proto/dialects/dialect.ts';
import { quirks } from '../../../proto/wire-fault.ts';
import { loadInFormats } from '../support/load-stack.ts';

/** Every fault under a load in every dialect, in the text, in the reasoning and in a tool call. */

const base = {
  reasoning: { given: 'First I think about it for a while.' },
  text: { given: 'Let me look at what the weather is like over there.' },
  toolCalls: [{ name: 'weather', arguments: { city: 'Lisbon', days: 3, units: 'celsius' } }],
  firstToken: '50ms',
  interToken: '10ms',
  chunkChars: 4,
};

/** In the reasoning, in the text, between both, in the call, at the end. */
const places = ['start', { chunks: 3 }, { chars: 0 }, { chars: 20 }, { chunks: 25 }, 'end'];

const cases = faultNames
  .flatMap((name) => {
    const example = exampleSettings(name);
    const settings = typeof example === 'object' && example !== null ? example : {};
    const keys = settingsKeys(name);
    if (name === 'quirk') return quirks.map((kind) => ({ name, settings: { kind } }));
    if (!keys.includes('at')) return [{ name, settings }];
    // A connection that breaks at the start may break before the agent's first word has left.
    const own = hasTrait({ name }, 'reachesOthers') ? places.slice(1) : places;
    return own.map((at) => ({ name, settings: { ...settings, at } }));
  })
  .filter(({ name, settings }) => faultSchema.safeParse({ [name]: settings }).success)
  .map((each) => ({ ...each, words: JSON.stringify(each.settings) }));

test('every fault is tried', () => {
  expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(faultNames));
});

test.each(cases)('$name $words ends streams as planned', async ({ name, settings }) => {
  const behaviour = { ...base, faults: [{ [name]: settings }] };
  const isAlone = hasTrait({ name }, 'reachesOthers');
  // A busy machine may take seconds to answer; only a stream that never ends has to be given up.
  const idleLimit = hasTrait({ name }, 'neverEnds') ? '4s' : '60s';
  const load = { streams: isAlone ? 1 : 2, total: 2, idleLimit };
  const loads = await loadInFormats(behaviour, dialectNames, load);
  const asPlanned = { otherwise: 0, differences: [] };
  expect(loads.map(({ expectations }, index) => [dialectNames[index], expectations])).toEqual(
    dialectNames.map((dialect) => [dialect, expect.objectContaining(asPlanned)]),
  );
});
