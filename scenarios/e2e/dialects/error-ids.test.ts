import { afterAll, beforeAll, expect, test } from 'vitest';

import { readRaw } from '../../../gateway/testing/read-raw.ts';
import { startRehearsal, type Rehearsal } from '../../testkit/start-rehearsal.ts';
import { dialectForms, readHead } from '../support/dialect-forms.ts';

/** The request ids of errors before the stream: functions of seed and key, as those of good answers are. */

let rehearsal: Rehearsal;
beforeAll(async () => {
  rehearsal = await startRehearsal({ scenario: 'healthy', speed: 'instant' });
});
afterAll(() => rehearsal.close());

/** Errors before the stream: in its place, by the agent's refusal, or before an answer in one piece. */
const errorsBefore: readonly { of: string; fault: object | undefined; isWhole?: boolean }[] = [
  { of: 'a status', fault: { httpStatus: { status: 500 } } },
  { of: 'a refusal', fault: { refuse: {} } },
  { of: 'a refused request', fault: { nonsense: {} } },
  { of: 'a failure', fault: { errorStatus: { at: 'underway' } }, isWhole: true },
];

const withIds = dialectForms.filter(({ dialect }) => dialect.name !== 'ai-sdk-ui');

test.each(
  withIds.flatMap((form) =>
    errorsBefore
      .filter(({ isWhole = false }) => !isWhole || !form.isStreamed)
      .map((each) => ({ ...each, name: form.name, form })),
  ),
)('$name: $of has the id of its stream', async ({ form, fault }) => {
  const idOf = async (prompt: string, key?: string, seed?: string) => {
    // Counts the requests of each key anew: the second of a key is another stream.
    rehearsal.reset();
    const raw = await readRaw(rehearsal.url, form.path, {
      body: form.body(prompt),
      headers: {
        'x-rehearsal-fault': JSON.stringify(fault),
        ...(key === undefined ? {} : { 'x-rehearsal-key': key }),
        ...(seed === undefined ? {} : { 'x-rehearsal-seed': seed }),
      },
    });
    const { status, headers } = readHead(raw);
    expect(status).toBeGreaterThanOrEqual(400);
    return headers.get('x-request-id') ?? headers.get('request-id');
  };
  const first = await idOf('hello', 'k1');
  expect(first).toMatch(/^req_[\da-z]{24}/);
  expect(await idOf('hello', 'k1')).toBe(first);
  const others = [
    await idOf('hello', 'k2'),
    await idOf('hello', 'k1', '5'),
    await idOf('hello'),
    await idOf('another'),
  ];
  expect(new Set([first, ...others]).size).toBe(5);
});

test.each(withIds)('$name: two bodies that are refused have two ids', async (form) => {
  const idOf = async (body: string) => {
    const { status, headers } = readHead(await readRaw(rehearsal.url, form.path, { body }));
    expect(status).toBe(400);
    return headers.get('x-request-id') ?? headers.get('request-id');
  };
  const first = await idOf('{"messages": []}');
  expect(await idOf('{"messages": []}')).toBe(first);
  expect(await idOf('{"messages": [], "stream": true}')).not.toBe(first);
});
