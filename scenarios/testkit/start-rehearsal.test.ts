import { expect, onTestFinished, test } from 'vitest';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { startRehearsal, type Rehearsal, type RehearsalOptions } from './start-rehearsal.ts';

async function start(options: RehearsalOptions = {}) {
  const rehearsal = await startRehearsal({ speed: 'instant', ...options });
  onTestFinished(() => rehearsal.close());
  return rehearsal;
}

const saying = (given: string) => ({
  name: given,
  behaviour: { text: { given }, firstToken: '1ms', interToken: '1ms' },
});

const ask = async ({ endpoint }: Rehearsal, headers: Record<string, string> = {}, query = '') =>
  (await fetch(`${endpoint}?prompt=a${query}`, { headers })).text();

const textOf = (body: string) =>
  [...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('');

test('a scenario of the catalogue answers, and again the same after a reset', async () => {
  const rehearsal = await start({ seed: 7 });
  const first = textOf(await ask(rehearsal));
  const second = textOf(await ask(rehearsal));
  expect(first.length).toBeGreaterThan(100);
  expect(second).not.toBe(first);
  rehearsal.reset();
  expect(rehearsal.requests()).toEqual([]);
  expect(textOf(await ask(rehearsal))).toBe(first);
});

test('several rehearsals at once are separate', async () => {
  const [a, b] = await Promise.all([
    start({ scenario: saying('one') }),
    start({ scenario: saying('two') }),
  ]);
  expect(textOf(await ask(a))).toBe('one');
  expect(textOf(await ask(b))).toBe('two');
  expect(a.requests()).toHaveLength(1);
});

test('each test has its own scenario, count and journal', async () => {
  const rehearsal = await start({ scenarios: [saying('one'), saying('two')] });
  await rehearsal.use('two', { test: 'a' });
  await rehearsal.use(saying('three'), { test: 'b' });
  expect(textOf(await ask(rehearsal, { 'x-rehearsal-test': 'a' }))).toBe('two');
  expect(textOf(await ask(rehearsal, {}, '&test=b'))).toBe('three');
  expect(textOf(await ask(rehearsal))).toBe('one');
  expect(textOf(await ask(rehearsal, { 'x-rehearsal-scenario': 'one' }, '&test=a'))).toBe('one');
  expect(rehearsal.requests({ test: 'a' })).toHaveLength(2);
  expect(rehearsal.requests({ test: 'b' })).toMatchObject([{ scenario: 'three', test: 'b' }]);
  rehearsal.reset({ test: 'a' });
  expect(rehearsal.requests({ test: 'a' })).toEqual([]);
  expect(rehearsal.requests({ test: 'b' })).toHaveLength(1);
  expect(textOf(await ask(rehearsal, {}, '&test=a'))).toBe('one');
});

test('the next requests of a test fail, and only those', async () => {
  const rehearsal = await start({ scenario: saying('one') });
  const fault = { httpStatus: { status: 503, retryAfter: '1s' } } as const;
  await rehearsal.next({ fault }, { times: 2, test: 'a' });
  const statusOf = async (test: string) =>
    (await fetch(`${rehearsal.endpoint}?prompt=a&test=${test}`)).status;
  expect([
    await statusOf('b'),
    await statusOf('a'),
    await statusOf('a'),
    await statusOf('a'),
  ]).toEqual([200, 503, 503, 200]);
  expect(rehearsal.requests({ test: 'a' })[0]).toMatchObject({ status: 503, retryAfterSec: 1 });
});

test('mistakes are reported before anything listens, and a taken name is refused', async () => {
  // @ts-expect-error -- a mistake that the types find too
  await expect(start({ scenario: { behavior: {} } })).rejects.toThrow(
    /unknown key "behavior"; did you mean "behaviour"\?/,
  );
  // @ts-expect-error -- the same, further inside
  const inside = start({ scenario: { behaviour: { firstTokn: '1s' } } });
  await expect(inside).rejects.toThrow(
    /behaviour: unknown key "firstTokn"; did you mean "firstToken"\?/,
  );
  // @ts-expect-error -- the same of a fault
  const fault = start({ scenario: { behaviour: { faults: [{ stal: {} }] } } });
  await expect(fault).rejects.toThrow(
    /behaviour\.faults\.0: unknown key "stal"; did you mean "stall"\?/,
  );
  await expect(start({ scenario: { behaviour: { interToken: '1x' } } })).rejects.toThrow(
    /: behaviour\.interToken: a duration is a number with the unit ms, s or m, .*, not "1x"/,
  );
  await expect(start({ scenario: 'no-such-scenario' })).rejects.toThrow(/catalogue/);
  const rehearsal = await start({ scenario: saying('one') });
  await expect(rehearsal.next({ fault: 'stal' })).rejects.toThrow(/there is no "stal"/);
  // @ts-expect-error -- the same with settings
  const next = rehearsal.next({ fault: { stal: { for: '1s' } } });
  await expect(next).rejects.toThrow(/there is no "stal"; did you mean "stall"/);
  const other = { ...saying('one'), behaviour: { text: { given: 'other' } } };
  await expect(rehearsal.use(other)).rejects.toThrow(/is taken/);
});

test('a mistake throws one exported error, with the same problems for an object as for a file', async () => {
  // @ts-expect-error -- a mistake that the types find too
  const ofObject = start({ scenario: { name: 'mine', behavior: {} } });
  await expect(ofObject).rejects.toBeInstanceOf(RehearsalError);
  await expect(ofObject).rejects.toMatchObject({
    code: 'scenario',
    problems: [
      { file: 'mine', line: 1, column: 1, message: expect.stringContaining('unknown key') },
    ],
  });
  const ofFile = start({ scenario: 'no-such-scenario' });
  await expect(ofFile).rejects.toBeInstanceOf(RehearsalError);
  await expect(ofFile).rejects.toMatchObject({
    code: 'scenario',
    problems: [{ file: 'no-such-scenario', line: 1, column: 1 }],
  });
  const rehearsal = await start({ scenario: saying('one') });
  const ofFault = rehearsal.next({ fault: 'stal' });
  await expect(ofFault).rejects.toBeInstanceOf(RehearsalError);
  await expect(ofFault).rejects.toMatchObject({
    code: 'fault',
    message: expect.stringContaining('next: fault: there is no "stal"; did you mean "stall"?'),
    problems: [
      {
        file: 'next',
        line: 1,
        column: 1,
        message: expect.stringMatching(/^fault: there is no "stal"; did you mean "stall"\?/),
      },
    ],
  });
});

test('close leaves nothing open, and can be called twice', async () => {
  const before = process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
  const rehearsal = await start();
  await ask(rehearsal);
  await rehearsal.close();
  await rehearsal.close();
  await expect(fetch(rehearsal.url)).rejects.toThrow(/fetch failed/);
  await expect
    .poll(() => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length)
    .toBeLessThanOrEqual(before);
});

test('the options of the gateway are settings, with their units', async () => {
  const rehearsal = await start({
    scenario: { behaviour: { faults: [{ hold: {} }] } },
    gateway: { pingInterval: '100ms', streamLimit: '1s' },
  });
  const body = await ask(rehearsal);
  expect(body).toMatch(/^event: ping$/m);
  expect(body).toContain('"code":"TIMEOUT"');
});

test('a wrong option of the gateway is refused before anything starts', async () => {
  const gateway: object = { pingIntervalMs: 1000 };
  await expect(startRehearsal({ gateway })).rejects.toThrow(
    'gateway.pingIntervalMs: there is no such option; did you mean "pingInterval"?',
  );
});
