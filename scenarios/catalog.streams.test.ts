import { readdirSync } from 'node:fs';

import { status } from '@grpc/grpc-js';
import { createParser } from 'eventsource-parser';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { generatePath } from '../gateway/app.ts';
import { errorKinds, errorOfGrpcStatus } from '../gateway/errors.ts';
import { startGateway, type Gateway } from '../gateway/server.ts';
import { planStream, type StreamPlan } from '../mock-agent/plan.ts';
import { startMockAgent, type MockAgent } from '../mock-agent/server.ts';
import { findScenarios } from './find-scenario.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario of the catalogue, streamed at speed and held against its plan. */
const speed = 25;
const keys = Array.from({ length: 40 }, (_, index) => `k-${index}`);
/** At this speed no stream of the catalogue that goes on pauses for so long. */
const idleLimitMs = 1500;

const names = readdirSync(new URL('catalog/', import.meta.url)).map((file) =>
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
    { port: 0, agentAddress: agent.address, pingIntervalMs: 200, closeGraceMs: 500 },
    log,
  );
});

afterAll(async () => {
  await gateway.close();
  await agent.close();
});

/** What a client has in the end: the status, the text, and how it ended. */
interface Answer {
  status: number;
  text: string;
  /** `final`, an error's code, or `silence` where only pings came any more. */
  end: string;
}

async function ask(scenario: string, key: string): Promise<Answer> {
  const leaving = new AbortController();
  const response = await fetch(`${gateway.url}${generatePath}?prompt=hello&scenario=${scenario}`, {
    headers: { 'x-rehearsal-key': key, 'x-rehearsal-speed': `${speed}` },
    signal: leaving.signal,
  });
  if (response.status !== 200) {
    const { code } = (await response.json()) as { code: string };
    return { status: response.status, text: '', end: code };
  }
  const answer: Answer = { status: 200, text: '', end: 'silence' };
  const idle = setTimeout(() => leaving.abort(), idleLimitMs);
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === 'ping') return;
      idle.refresh();
      const said = JSON.parse(data) as { delta?: string; isFinal?: boolean; code?: string };
      answer.text += said.delta ?? '';
      if (said.isFinal === true) answer.end = 'final';
      if (said.code !== undefined) answer.end = said.code;
    },
  });
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body ?? []) {
      parser.feed(decoder.decode(bytes, { stream: true }));
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  } finally {
    clearTimeout(idle);
  }
  return answer;
}

/** What the plan foretells of it. */
function foretell({ acceptAtMs, end, text }: StreamPlan): Answer {
  switch (end.kind) {
    case 'status': {
      const { code } = errorOfGrpcStatus({ code: status[end.status], details: '' });
      const refused = acceptAtMs === null;
      return { status: refused ? errorKinds[code].httpStatus : 200, text, end: code };
    }
    case 'error-field':
      return { status: 200, text, end: 'GENERATION_ERROR' };
    case 'crash':
    case 'down':
      return { status: 200, text, end: 'AGENT_UNAVAILABLE' };
    case 'silence':
      return { status: 200, text, end: 'silence' };
    case 'final':
    case 'no-final':
      return { status: 200, text, end: 'final' };
  }
}

test.each(names)('every stream of %s is what its plan foretold', async (name) => {
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
  const answers = await Promise.all(keys.map((key) => ask(name, key)));
  expect(answers).toEqual(plans.map(foretell));
});
