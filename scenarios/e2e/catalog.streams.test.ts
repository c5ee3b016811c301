import { readdirSync } from 'node:fs';

import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { errorKinds } from '../../proto/error-codes.ts';
import { startGateway, type Gateway } from '../../gateway/server.ts';
import { planStream } from '../../mock-agent/plan/plan.ts';
import { startMockAgent, type MockAgent } from '../../mock-agent/server.ts';
import { findScenarios } from '../file/find-scenario.ts';
import { predictOutcome } from '../expect/predict-outcome.ts';
import type { Scenario } from '../file/scenario.ts';
import { ask } from './support/ask.ts';

/** Every scenario of the catalogue, streamed at speed and held against its plan. */
const speed = 25;
const keys = Array.from({ length: 40 }, (_, index) => `k-${index}`);
/** At this speed no stream of the catalogue that goes on pauses for so long. */
const idleLimitMs = 1500;

const names = readdirSync(new URL('../catalog/', import.meta.url)).map((file) =>
  file.replace('.yaml', ''),
);

let scenarios: Scenario[];
let agent: MockAgent;
let gateway: Gateway;

beforeAll(async () => {
  scenarios = await findScenarios(names);
  const log = pino({ level: 'silent' });
  agent = await startMockAgent({ scenarios, seed: 1, host: '127.0.0.1', port: 0, log });
  gateway = await startGateway(
    { port: 0, agentAddress: agent.address, wireFaults: true, closeGraceMs: 500 },
    log,
  );
});

afterAll(async () => {
  await gateway.close();
  await agent.close();
});

test.each(names)('every stream of %s is as planned', async (name) => {
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario === undefined) throw new Error('the catalogue changed under the test');
  const plans = keys.map((key) =>
    planStream(scenario.behaviour, 1, {
      scenario: name,
      key,
      prompt: 'hello',
      model: 'gpt-4',
      speed,
    }),
  );
  const answers = await Promise.all(
    keys.map((key) => ask(gateway.url, { scenario: name, key, speed }, idleLimitMs)),
  );
  expect(answers).toEqual(plans.map(predictOutcome));
});

test('the scenario errors has every code that an agent can cause, before and after text', async () => {
  const agentErrors = Object.entries(errorKinds).flatMap(([code, { httpStatus, grpcStatuses }]) =>
    grpcStatuses.map((name) => ({ code, httpStatus, name })),
  );
  const askFor = (prompt: string) =>
    ask(gateway.url, { scenario: 'errors', key: 'k', prompt, speed }, idleLimitMs);
  for (const { code, httpStatus, name } of agentErrors) {
    const [refused, failed] = await Promise.all([askFor(`refuse ${name}`), askFor(`fail ${name}`)]);
    expect(refused).toEqual({ status: httpStatus, outcome: 'rejected', code, text: '' });
    expect(failed).toMatchObject({ status: 200, outcome: 'failed', code });
    expect(failed.text.length).toBeGreaterThanOrEqual(60);
  }
  expect(agentErrors).toHaveLength(16);
});
