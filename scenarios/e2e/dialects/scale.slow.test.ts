import { expect, test } from 'vitest';

import { generatePath } from '../../../proto/interface.ts';
import { planOf } from '../../expect/plan-request.ts';
import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { startRehearsal } from '../../testkit/start-rehearsal.ts';
import { ask } from '../support/ask.ts';
import { readRaw } from '../../../gateway/testing/read-raw.ts';
import { readStreamBody, streamedForms } from '../support/dialect-forms.ts';

/** Of each dialect and of the specified interface. */
const streamsOfEach = 200;

/** How many of them arrive at once. */
const arrivals = 250;

const name = 'short';
const seed = 7;

/** Short, and long enough before its first text for the last stream to be open before that. */
const source = { text: { generate: { chars: 80 } }, firstToken: '5s' } as const;
const behaviour = behaviourSchema.parse(source);

test('1000 streams at once, a fifth in each dialect, are what their plans say', async () => {
  await using rehearsal = await startRehearsal({ scenario: { name, behaviour: source }, seed });
  const { url } = rehearsal;
  const readers = [
    async (key: string) => (await ask(url, { scenario: name, key }, 60_000)).text,
    ...streamedForms.map(({ dialect, path, body }) => async (key: string) => {
      const raw = await readRaw(url, path, {
        body: body('hello'),
        headers: { 'x-rehearsal-key': key },
      });
      const { text, isComplete, isMalformed, error } = readStreamBody(dialect, raw.body);
      const isWhole = isComplete && !isMalformed && error === undefined;
      return isWhole ? text : `${dialect.name}: ${raw.ending} ${raw.head} ${raw.body.slice(-300)}`;
    }),
  ];
  const streams = Array.from({ length: streamsOfEach }, (_, nth) =>
    readers.map((read, index) => ({ key: `k-${nth}-${index}`, read })),
  ).flat();
  const reading: Promise<string>[] = [];
  for (let from = 0; from < streams.length; from += arrivals) {
    for (const { key, read } of streams.slice(from, from + arrivals)) reading.push(read(key));
    // More at once would be refused by the system, which queues only so many connections.
    await expect
      .poll(() => rehearsal.requests().length, { timeout: 60_000, interval: 500 })
      .toBe(reading.length);
  }
  const texts = await Promise.all(reading);
  const wrong = streams.flatMap(({ key }, index) => {
    const { text } = planOf({ name, behaviour, cases: [], seed }, { key });
    return texts[index] === text ? [] : [{ key, text, read: texts[index] }];
  });
  expect(wrong.slice(0, 3)).toEqual([]);
  await expect
    .poll(() => rehearsal.requests().filter(({ end }) => end === 'final').length)
    .toBe(1000);
  const requests = rehearsal.requests();
  for (const path of [generatePath, ...streamedForms.map((form) => form.path)]) {
    expect([path, requests.filter((request) => request.path === path).length]).toEqual([
      path,
      streamsOfEach,
    ]);
  }
}, 300_000);
