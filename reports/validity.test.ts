import { expect, test } from 'vitest';

import { allAt } from './testing/make-metrics.ts';
import { exampleFacts } from './testing/example-run.ts';
import { checkValidity } from './validity.ts';

const { health } = exampleFacts();
const { client, agent } = health;

const onTime = { startLagMs: allAt(1) };

test('a measuring side in time passes every check', () => {
  expect(
    checkValidity(onTime, health).map(({ name, state, reason }) => [name, state, reason]),
  ).toEqual([
    ['clientLoopDelay', 'ok', ''],
    ['startLag', 'ok', ''],
    ['agentLateness', 'ok', ''],
  ]);
});

test('a load client whose event loop was late read chunks late', () => {
  const late = { ...client, loopDelayMs: { p50: 1, p99: 50.1, max: 90 } };
  const [check] = checkValidity(onTime, { ...health, client: late });
  expect(check).toMatchObject({
    state: 'too-late',
    p99Ms: 50.1,
    boundMs: 50,
    reason:
      'load client, event loop: 50.1 ms late at p99, the bound is 50 ms; chunks were read late: run fewer streams, or the load on a machine of its own',
  });
});

test('a bound itself is not beyond it', () => {
  const check = (p99Ms: number) => checkValidity({ startLagMs: allAt(p99Ms) }, health)[1];
  expect(check(100)?.state).toBe('ok');
  expect(check(100.1)).toMatchObject({
    state: 'too-late',
    reason:
      'load client, start of streams: 100 ms late at p99, the bound is 100 ms; the load was not what was asked for: give it a longer ramp or fewer streams',
  });
});

test('a mock that missed its own plan is no yardstick', () => {
  const late = agent && { ...agent, latenessMs: allAt(51) };
  expect(checkValidity(onTime, { ...health, agent: late })[2]?.reason).toBe(
    'mock agent, sending chunks: 51 ms late at p99, the bound is 50 ms; it missed its own plan: run fewer streams, or give it a core of its own',
  );
});

test('an agent that is not ours, or sent nothing, is not measured', () => {
  const silent = agent && { ...agent, latenessMs: null };
  expect(checkValidity(onTime, { ...health, agent: null })[2]).toMatchObject({
    state: 'not-measured',
    reason: 'the agent is not ours',
  });
  expect(checkValidity(onTime, { ...health, agent: silent })[2]).toMatchObject({
    state: 'not-measured',
    reason: 'the agent sent no chunk',
  });
});

test('a slow gateway is what is measured: it does not make a run invalid', () => {
  const slow = { loopDelayMs: { p50: 200, p99: 900, max: 2000 }, cpuCores: 1, rssMb: 900 };
  const checks = checkValidity(onTime, { ...health, gateway: slow });
  expect(checks.every((check) => check.state === 'ok')).toBe(true);
});

test('the bounds can be set', () => {
  const bounds = { clientLoopDelayMs: 5, startLagMs: 100, agentLatenessMs: 50 };
  expect(checkValidity(onTime, health, bounds)[0]?.state).toBe('too-late');
});
