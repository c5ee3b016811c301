import { readdirSync } from 'node:fs';

import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startGateway, type Gateway } from '../../../gateway/server.ts';
import { startMockAgent, type MockAgent } from '../../../mock-agent/server.ts';
import { answerOf, type Answer } from '../../../proto/dialects/answer.ts';
import { planOf } from '../../expect/plan-request.ts';
import { predictOutcome } from '../../expect/predict-outcome.ts';
import { findScenarios } from '../../file/find-scenario.ts';
import type { Scenario } from '../../file/scenario.ts';
import { toolIdAt, type QuestionTool } from './support/sdk-client.ts';
import { sdkClients } from './support/sdk-clients.ts';

const seed = 7;
const prompt = 'Tell me a story.';
const limitMs = 300_000;

const weather: QuestionTool = {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 9 } },
    required: ['city', 'days'],
  },
};

interface HealthyStream {
  name: string;
  key: string;
  tools: readonly QuestionTool[];
  answer: Answer;
}

let healthy: HealthyStream[];
let agent: MockAgent;
let gateway: Gateway;

/** Returns the stream of the first of three keys that ends well. */
function findHealthy(scenario: Scenario, tools: readonly QuestionTool[]): HealthyStream[] {
  for (const key of ['k-1', 'k-2', 'k-3']) {
    const plan = planOf(scenario, {
      prompt,
      key,
      seed,
      messages: [{ role: 'user', content: prompt, toolCalls: [], toolCallId: '' }],
      tools: tools.map((tool) => ({ ...tool, parameters: JSON.stringify(tool.parameters) })),
    });
    if (predictOutcome(plan).outcome !== 'completed') continue;
    const answer = answerOf(plan.chunks.map((data) => ({ event: 'message', data })));
    return [{ name: scenario.name, key, tools, answer }];
  }
  return [];
}

beforeAll(async () => {
  const names = readdirSync(new URL('../../catalog/', import.meta.url)).map((file) =>
    file.replace('.yaml', ''),
  );
  const scenarios = await findScenarios(names);
  healthy = scenarios.flatMap((scenario) => [
    ...findHealthy(scenario, []),
    ...(scenario.cases.some(({ when }) => when.hasTools) ? findHealthy(scenario, [weather]) : []),
  ]);
  const log = pino({ level: 'silent' });
  agent = await startMockAgent({ scenarios, seed, host: '127.0.0.1', port: 0, log });
  gateway = await startGateway(
    { port: 0, agentAddress: agent.address, wireFaults: true, closeGraceMs: 500 },
    log,
  );
});

afterAll(async () => {
  await gateway.close();
  await agent.close();
});

test('most of the catalogue is healthy for one of three keys, with parts of every kind', () => {
  expect(healthy.length).toBeGreaterThanOrEqual(15);
  const answers = healthy.map(({ answer }) => answer);
  expect(answers.filter(({ reasoning }) => reasoning !== '').length).toBeGreaterThanOrEqual(2);
  expect(answers.filter(({ toolCalls }) => toolCalls.length > 0).length).toBeGreaterThanOrEqual(2);
});

test.each(Object.entries(sdkClients))(
  '%s gets text, parts, finish reason and usage of every healthy scenario',
  { timeout: limitMs },
  async (clientName, client) => {
    for (const { name, key, tools, answer: planned } of healthy) {
      const answer = await client({
        url: gateway.url,
        headers: {
          'x-rehearsal-scenario': name,
          'x-rehearsal-key': key,
          'x-rehearsal-speed': 'instant',
        },
        prompt,
        ...(tools.length === 0 ? {} : { tools }),
      });
      const { usage, reasoning = planned.reasoning, ...rest } = answer;
      expect({ name, reasoning, ...rest }).toEqual({
        name,
        text: planned.text,
        reasoning: planned.reasoning,
        toolCalls: planned.toolCalls.map((call) => ({
          ...call,
          id: toolIdAt(clientName, call.id),
          arguments: JSON.parse(call.arguments) as unknown,
        })),
        finishReason: planned.finishReason,
      });
      expect(Object.keys(usage)).toEqual(expect.arrayContaining(['inputTokens', 'outputTokens']));
      expect(planned.usage).toMatchObject(usage);
    }
  },
);
