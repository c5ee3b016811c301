import { expect, onTestFinished, test } from 'vitest';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { call } from '../control/testing/call-control.ts';
import { rehearsalTest as pageTest } from './playwright.ts';
import { startRehearsal, type Rehearsal } from './start-rehearsal.ts';
import { rehearsalTest } from './vitest.ts';

// Tests in JavaScript have no types that find a mistake.
type Untyped = (...args: unknown[]) => Promise<unknown>;

const startUntyped = startRehearsal as Untyped;

async function start(): Promise<Rehearsal> {
  const rehearsal = await startRehearsal({ speed: 'instant' });
  onTestFinished(() => rehearsal.close());
  return rehearsal;
}

/** Returns the error of a call, which must be the library's. */
async function errorOf(work: () => unknown): Promise<RehearsalError> {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(RehearsalError);
  return error as RehearsalError;
}

/** Options and the start of each of their problems. */
const wrongOptions: [unknown, string[]][] = [
  [{ scenaro: 'tool-calls' }, ['there is no "scenaro"; did you mean "scenario"?']],
  [
    { foo: 1 },
    ['there is no "foo"; there are scenario, scenarios, seed, speed, port, gateway, timeoutMs'],
  ],
  [
    { pingInterval: 'abc' },
    ['pingInterval is an option of the gateway; write it as gateway: { pingInterval: … }'],
  ],
  [
    { pingIntervalMs: 5 },
    ['pingIntervalMs is an option of the gateway; write it as gateway: { pingInterval: … }'],
  ],
  [
    { pingIntervl: '1s' },
    ['there is no "pingIntervl"; did you mean "pingInterval"? It belongs into gateway: { … }'],
  ],
  [{ speed: 0 }, ['speed: must be at least 0.01, not 0']],
  [{ speed: 'x' }, ['speed: a speed is a number from 0.01 to 1000, or instant, not "x"']],
  [{ speed: -1 }, ['speed: must be at least 0.01, not -1']],
  [{ seed: 'q' }, ['seed: must be a number, not "q"']],
  [{ seed: 1.5 }, ['seed: must be a whole number, not 1.5']],
  [{ port: 'x' }, ['port: must be a number, not "x"']],
  [{ port: 65_536 }, ['port: must be at most 65535, not 65536']],
  [{ timeoutMs: 0 }, ['timeoutMs: must be at least 1, not 0']],
  [{ scenario: 5 }, ["scenario: must be a scenario's name, or a scenario as an object, not 5"]],
  [{ scenarios: 'healthy' }, ['scenarios: must be a list, not "healthy"']],
  [{ scenarios: [] }, ['scenarios: name at least one']],
  [{ gateway: 'x' }, ['gateway: must be an object with options of the gateway, not "x"']],
  [{ gateway: { foo: 1 } }, ['gateway.foo: there is no such option']],
  ['healthy', ['options: must be an object with scenario, scenarios, seed, speed, port, ']],
  [null, ['options: must be an object with scenario, scenarios, seed, speed, port, ']],
  [
    { scenaro: 'healthy', seed: 'q' },
    ['seed: must be a number, not "q"', 'there is no "scenaro"; did you mean "scenario"?'],
  ],
];

test.each(wrongOptions)('startRehearsal refuses %j', async (options, problems) => {
  const error = await errorOf(() => startUntyped(options));
  expect(error).toMatchObject({
    code: 'usage',
    problems: problems.map((message) => ({
      file: 'startRehearsal',
      line: 1,
      column: 1,
      message: expect.stringContaining(message) as string,
    })),
  });
  expect(error.message).toBe(
    error.problems.map(({ message }) => `startRehearsal: ${message}`).join('\n'),
  );
});

test.each([
  ['Vitest', rehearsalTest],
  ['Playwright', pageTest],
])('the fixture for %s refuses the same before any test starts', async (_, fixture) => {
  for (const [options, [first = '']] of wrongOptions) {
    const [problem = ''] = first.split('; there are ');
    // The server refuses an empty list, which is valid beside a scenario.
    if (problem === 'scenarios: name at least one') continue;
    const { code, message } = await errorOf(() => (fixture as unknown as Untyped)(options));
    expect([code, message]).toEqual(['usage', expect.stringContaining(problem)]);
    expect(message).toMatch(/^rehearsalTest: /);
  }
});

test('the fixture for Playwright lists its own option', async () => {
  const { message } = await errorOf(() => (pageTest as unknown as Untyped)({ inPlaceof: 'x' }));
  expect(message).toBe('rehearsalTest: there is no "inPlaceof"; did you mean "inPlaceOf"?');
});

test.each<[unknown[], string]>([
  [[{ falt: '503' }], 'there is no "falt"; did you mean "fault"?'],
  [[{ foo: 1 }], 'there is no "foo"; there are scenario, fault'],
  [[{}], 'write a scenario, a fault, or both'],
  [[], 'the first argument: must be an object with scenario, fault, not undefined'],
  [['503'], 'the first argument: must be an object with scenario, fault, not "503"'],
  [[{ fault: true }], "fault: must be a fault's name, an entry of a scenario's faults, or a list"],
  [
    [{ fault: '503', times: 2 }],
    'times belongs into the second argument: next({ fault: … }, { times: … })',
  ],
  [[{ fault: '503' }, { times: 0 }], 'times: must be at least 1, not 0'],
  [[{ fault: '503' }, { times: -1 }], 'times: must be at least 1, not -1'],
  [[{ fault: '503' }, { times: 'x' }], 'times: must be a number, not "x"'],
  [[{ fault: '503' }, { times: Number.NaN }], 'times: must be a number, not NaN'],
  [[{ fault: '503' }, { times: 1.5 }], 'times: must be a whole number, not 1.5'],
  [[{ fault: '503' }, { times: 1001 }], 'times: must be at most 1000, not 1001'],
  [[{ fault: '503' }, { tims: 2 }], 'there is no "tims"; did you mean "times"?'],
])('next refuses %j, and chooses nothing', async (args, problem) => {
  const rehearsal = await start();
  for (const { next } of [rehearsal, rehearsal.forTest('a')] as unknown as { next: Untyped }[]) {
    const error = await errorOf(() => next(...args));
    expect([error.code, error.message]).toEqual([
      'usage',
      expect.stringContaining(`next: ${problem}`),
    ]);
    expect(error.problems).toMatchObject([{ file: 'next' }]);
  }
  expect((await fetch(`${rehearsal.endpoint}?prompt=a`)).status).toBe(200);
});

test.each<[string, unknown[], string]>([
  ['use', [undefined], 'use: scenario: is required'],
  ['use', [5], "use: scenario: must be a scenario's name, or a scenario as an object, not 5"],
  [
    'use',
    [() => {}],
    "use: scenario: must be a scenario's name, or a scenario as an object, not a f",
  ],
  ['use', ['healthy', { tset: 'a' }], 'use: there is no "tset"; did you mean "test"?'],
  ['use', ['healthy', 'a'], 'use: options: must be an object with test, not "a"'],
  ['use', ['healthy', { test: 5 }], 'use: test: must be a text, not 5'],
  ['requests', [{ tset: 'a' }], 'requests: there is no "tset"; did you mean "test"?'],
  ['reset', [{ tset: 'a' }], 'reset: there is no "tset"; did you mean "test"?'],
  ['stream', [{ timeout: 5 }], 'stream: there is no "timeout"; did you mean "timeoutMs"?'],
  ['forTest', [undefined], 'forTest: test: is required'],
  ['forTest', [''], 'forTest: test: must have at least 1 characters'],
])('%s(%j) is refused', async (name, args, problem) => {
  const rehearsal = await start();
  const { code, message } = await errorOf(() =>
    (rehearsal as unknown as Record<string, Untyped>)[name]?.(...args),
  );
  expect([code, message]).toEqual(['usage', expect.stringContaining(problem)]);
});

test('the rehearsal of a test takes no other test', async () => {
  const view = (await start()).forTest('a');
  const next = errorOf(() => view.next({ fault: '503' }, { test: 'b' } as object));
  expect((await next).message).toBe('next: there is no "test"; there are times');
  const stream = errorOf(() => view.stream({ test: 'b' } as object));
  expect((await stream).message).toBe('stream: there is no "test"; there are timeoutMs');
});

test.each<[string, unknown[], string]>([
  ['hold', [{ ping: false }], 'hold: there is no "ping"; did you mean "pings"?'],
  ['until', [{ chunks: 1 }, { ping: false }], 'until: there is no "ping"; did you mean "pings"?'],
  ['until', [{ chunks: 1 }, { pings: 'no' }], 'until: pings: must be true or false, not "no"'],
  ['step', [1, { timeout: 5 }], 'step: there is no "timeout"; did you mean "timeoutMs"?'],
  ['fail', ['error', { timeoutMs: 0 }], 'fail: timeoutMs: must be at least 1, not 0'],
  ['cut', ['fin', 100], 'cut: options: must be an object with timeoutMs, not 100'],
])('%s of a held stream refuses %j', async (name, args, problem) => {
  const rehearsal = await start();
  const opened = rehearsal.stream();
  const response = fetch(`${rehearsal.endpoint}?prompt=a`);
  const stream = (await opened) as unknown as Record<string, Untyped>;
  const { code, message } = await errorOf(() => stream[name]?.(...args));
  expect([code, message]).toEqual(['usage', problem]);
  await stream['release']?.();
  await (await response).text();
});

test('a choice after close is refused', async () => {
  const rehearsal = await start();
  const view = rehearsal.forTest('a');
  await rehearsal.close();
  for (const [name, work] of [
    ['next', () => rehearsal.next({ fault: '503' })],
    ['next', () => view.next({ fault: '503' })],
    ['use', () => rehearsal.use('healthy')],
    ['stream', () => rehearsal.stream()],
  ] as const) {
    const { code, message } = await errorOf(work);
    expect([code, message]).toEqual([
      'usage',
      `${name}: the rehearsal is closed; call it before close()`,
    ]);
  }
  expect(rehearsal.requests()).toEqual([]);
});

test.each([
  [{ foo: 1 }, 'there is no "foo"; there are scenario, fault'],
  [{ falt: '503' }, 'there is no "falt"; did you mean "fault"?'],
  [{ fault: 'stal' }, 'fault: there is no "stal"; did you mean "stall"?'],
  [{ fault: true }, "fault: must be a fault's name"],
  [{}, 'write a scenario, a fault, or both'],
])('the control interface refuses %j in the same words', async (once, problem) => {
  const rehearsal = await start();
  const { message } = await errorOf(() => (rehearsal.next as Untyped)(once));
  const { body } = await call(rehearsal, 'POST', '/next', JSON.stringify(once));
  expect(message).toContain(problem);
  expect(body).toEqual({ error: expect.stringContaining(problem) as string });
});
