import { expect, test } from 'vitest';

import { allAt } from '../testing/make-metrics.ts';
import { exampleFacts } from '../testing/example-run.ts';
import { checkValidity, shortageReasons } from './validity.ts';

const { health } = exampleFacts();
const { client, agent } = health;

const unknown = { firstChunk: null, interval: null };
const onTime = { startLagMs: allAt(1), latenessByHop: null, drift: unknown };
const load = { steady: true };
const read = (p99: number) => ({
  requestMs: null,
  agentMs: null,
  gatewayMs: null,
  clientMs: allAt(p99),
});

test('a measuring side in time passes every check', () => {
  const steady = { fromMs: 200, toMs: 205, ratio: 0 };
  const all = {
    ...onTime,
    latenessByHop: read(1),
    drift: { firstChunk: steady, interval: steady },
  };
  expect(
    checkValidity(all, health, load).map(({ name, state, reason }) => [name, state, reason]),
  ).toEqual([
    ['clientLoopDelay', 'ok', ''],
    ['startLag', 'ok', ''],
    ['clientRead', 'ok', ''],
    ['agentLateness', 'ok', ''],
    ['drift', 'ok', ''],
  ]);
});

test('a load client whose event loop was late read chunks late', () => {
  const late = { ...client, loopDelayMs: { p50: 1, p99: 50.1, max: 90 } };
  const [check] = checkValidity(onTime, { ...health, client: late }, load);
  expect(check).toMatchObject({
    state: 'beyond',
    value: 50.1,
    bound: 50,
    reason:
      'load client, event loop: 50.1 ms late at p99, the bound is 50 ms; chunks were read late: run fewer streams, or the load on a machine of its own',
  });
});

test('a bound itself is not beyond it', () => {
  const check = (p99Ms: number) =>
    checkValidity({ ...onTime, startLagMs: allAt(p99Ms) }, health, load)[1];
  expect(check(100)?.state).toBe('ok');
  expect(check(100.1)).toMatchObject({
    state: 'beyond',
    reason:
      'load client, start of streams: 100 ms late at p99, the bound is 100 ms; the load started later than its profile: give it a longer ramp or fewer streams',
  });
});

test('a mock that missed its own plan is no yardstick', () => {
  const late = agent && { ...agent, latenessMs: allAt(51) };
  expect(checkValidity(onTime, { ...health, agent: late }, load)[3]?.reason).toBe(
    'mock agent, sending chunks: 51 ms late at p99, the bound is 50 ms; it missed its own plan: run fewer streams, or give it a core of its own',
  );
});

test('an agent that is not ours, or sent nothing, is not measured', () => {
  const silent = agent && { ...agent, latenessMs: null };
  expect(checkValidity(onTime, { ...health, agent: null }, load)[3]).toMatchObject({
    state: 'not-measured',
    reason: 'the agent is not ours',
  });
  expect(checkValidity(onTime, { ...health, agent: silent }, load)[3]).toMatchObject({
    state: 'not-measured',
    reason: 'the agent sent no chunk',
  });
});

test('a slow gateway is what is measured: it does not make a run invalid', () => {
  const slow = { loopDelayMs: { p50: 200, p99: 900, max: 2000 }, cpuCores: 1, rssMb: 900 };
  const checks = checkValidity(onTime, { ...health, gateway: slow }, load);
  expect(checks.some((check) => check.state === 'beyond')).toBe(false);
});

test('the bounds can be set', () => {
  const bounds = {
    clientLoopDelayMs: 5,
    startLagMs: 100,
    clientReadMs: 50,
    agentLatenessMs: 50,
    shardStartMs: 250,
    drift: 0.25,
  };
  expect(checkValidity(onTime, health, load, bounds)[0]?.state).toBe('beyond');
});

test('a load client that read late what was sent in time is no yardstick', () => {
  const late = { ...onTime, latenessByHop: read(50.1) };
  expect(checkValidity(late, health, load)[2]).toMatchObject({
    state: 'beyond',
    reason:
      'load client, reading what was sent: 50.1 ms late at p99, the bound is 50 ms; chunks were read late: run fewer streams, or the load on a machine of its own',
  });
});

test('a window that was not steady is named with what changed in it', () => {
  const firstChunk = { fromMs: 200, toMs: 400, ratio: 0.9 };
  const drift = { firstChunk, interval: { fromMs: 50, toMs: 51, ratio: 0.01 } };
  expect(checkValidity({ ...onTime, drift }, health, load)[4]).toMatchObject({
    value: 0.9,
    state: 'beyond',
    reason:
      'the window was not steady: median first chunk from 200 ms to 400 ms, the bound is 25 % more than chance explains; figures depend on how long was measured: give it a longer warm-up, or less load',
  });
  const changing = checkValidity({ ...onTime, drift }, health, { steady: false })[4];
  expect(changing).toMatchObject({
    state: 'not-measured',
    reason: 'the load changes on purpose',
  });
});

test('streams that found no socket say what the load client lacked', () => {
  const refused = (detail: string) => ({ outcome: 'refused', detail }) as const;
  expect(
    shortageReasons([
      refused('EMFILE'),
      refused('EADDRNOTAVAIL'),
      refused('EMFILE'),
      refused('ECONNREFUSED'),
      { outcome: 'reset', detail: 'ENOMEM' },
    ]),
  ).toEqual([
    'load client, 2 streams (EMFILE): no file descriptor was left: raise the limit of open files (ulimit -n), or run fewer streams',
    'load client, 1 stream (EADDRNOTAVAIL): no local port was left: use more than one address, or keep connections alive, or run fewer streams',
  ]);
});
