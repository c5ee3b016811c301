import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';

import type { FaultEntry } from '../../mock-agent/faults/index.ts';
import { generatePath } from '../../proto/interface.ts';
import { readRaw } from '../../gateway/testing/read-raw.ts';
import { post } from '../../gateway/testing/start-before.ts';
import { startRehearsal } from '../testkit/start-rehearsal.ts';

const rehearsal = await startRehearsal({
  scenario: { behaviour: { text: { given: 'hello' } } },
  speed: 'instant',
});
afterAll(rehearsal.close);

const words = '模型出错 – “100%” 😀\n%41';

/** A fault that says words of ours, and how a client hears of it. */
const faults: [name: string, fault: FaultEntry, status: number, code: string][] = [
  ['errorField', { errorField: { at: 'start', message: words } }, 200, 'GENERATION_ERROR'],
  ['errorStatus', { errorStatus: { at: 'end', details: words } }, 200, 'GENERATION_ERROR'],
  ['refuse', { refuse: { details: words } }, 503, 'AGENT_UNAVAILABLE'],
];

async function readError(answer: Response): Promise<object> {
  const body = await answer.text();
  const json = answer.status === 200 ? /event: error\ndata: (.*)\n/.exec(body)?.[1] : body;
  return { status: answer.status, ...(JSON.parse(json ?? '') as object) };
}

const ask = (query: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  fetch(`${rehearsal.endpoint}?${new URLSearchParams({ prompt: 'a', ...query }).toString()}`, {
    headers,
  });

test.each(faults)(
  'the words of %s are any Unicode in the query',
  async (_, fault, status, code) => {
    expect(await readError(await ask({ fault: JSON.stringify(fault) }))).toMatchObject({
      status,
      code,
      details: words,
    });
  },
);

test.each(faults)(
  'the words of %s are any Unicode, percent-encoded, in a header',
  async (_, fault, status, code) => {
    const header = encodeURIComponent(JSON.stringify(fault));
    expect(await readError(await ask({}, { 'x-rehearsal-fault': header }))).toMatchObject({
      status,
      code,
      details: words,
    });
  },
);

test.each(faults)(
  'the words of %s are any Unicode at the control interface',
  async (_, fault, status, code) => {
    const next = await post(`${rehearsal.url}/__rehearsal/next`, { fault, test: '测试 1' });
    expect(next.status).toBe(200);
    expect(await readError(await ask({ test: '测试 1' }))).toMatchObject({
      status,
      code,
      details: words,
    });
  },
);

test.each(faults)(
  'the words of %s are any Unicode in the library',
  async (_, fault, status, code) => {
    const view = rehearsal.forTest('测试 2');
    await view.next({ fault });
    expect(await readError(await ask({}, view.headers))).toMatchObject({
      status,
      code,
      details: words,
    });
    await view.use({ behaviour: { faults: [fault] } });
    expect(await readError(await fetch(`${view.endpoint}&prompt=a`))).toMatchObject({
      status,
      code,
      details: words,
    });
    expect(view.requests().map(({ test }) => test)).toEqual(['测试 2', '测试 2']);
    view.reset();
  },
);

test('a key may be any Unicode text: streams are resumed, planned and recorded by it', async () => {
  const key = '键 50%25';
  const body = await (await ask({ key, test: 'keys' })).text();
  const id = /^id: (.*)\n\n$/m.exec(body)?.[1] ?? '';
  expect(id).toMatch(/^[!-~]+$/);
  expect((await ask({ key }, { 'Last-Event-ID': id })).status).toBe(204);
  const resumed = await ask({ test: 'keys' }, { 'Last-Event-ID': id.replace(/^5~end/, '2') });
  expect(await resumed.text()).toContain('"delta":"llo"');
  expect(rehearsal.requests({ test: 'keys' }).map((request) => request.key)).toEqual([key, key]);
  const query = new URLSearchParams({ prompt: 'a', key }).toString();
  const plan = (await (await fetch(`${rehearsal.url}/__rehearsal/plan?${query}`)).json()) as object;
  expect(plan).toMatchObject({ key });
});

test('a fault that is too long to travel is refused where it is chosen', async () => {
  const fault = { errorField: { at: 'start', message: '错'.repeat(5000) } } as const;
  const details = 'must not exceed 16 KiB, percent-encoded; put it into the faults of a scenario';
  await expect(rehearsal.next({ fault })).rejects.toThrow(details);
  const answer = await post(`${rehearsal.url}/__rehearsal/next`, { fault });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({ error: `fault: ${details}` });
});

test('a fault whose text cannot be sent is refused', async () => {
  const fault = '{"refuse": {"details": "\\ud800"}}';
  expect(await (await ask({ fault })).json()).toMatchObject({
    code: 'INVALID_REQUEST',
    details:
      'fault: refuse.details: has half a surrogate pair in it, which cannot be sent, not "\\ud800"',
  });
});

/** On a connection of its own: the server may close an idle one in the moment in which it is used again. */
const statusOf = async (query: Record<string, string>) => {
  const path = `${generatePath}?${new URLSearchParams({ prompt: 'a', ...query }).toString()}`;
  const { head, body } = await readRaw(rehearsal.url, path);
  expect(body).not.toContain('"INTERNAL"');
  return Number(head.split(' ')[1]);
};

test('any query gets an answer, and never an internal error', async () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constant('%FF%'));
  const name = fc.constantFrom('scenario', 'key', 'seed', 'speed', 'fault', 'test', 'model');
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, text), async (query) => {
      expect([200, 400, 404]).toContain(await statusOf(query));
    }),
  );
});

test('long names are refused or answered, however long their encoding', async () => {
  for (const part of ['错'.repeat(1700), '%'.repeat(5000), '%41'.repeat(3000)]) {
    for (const name of ['scenario', 'key', 'test', 'fault', 'seed']) {
      expect([200, 400, 404]).toContain(await statusOf({ [name]: part }));
    }
  }
});
