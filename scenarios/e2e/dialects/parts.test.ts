import { afterAll, beforeAll, expect, test } from 'vitest';

import { scriptedAnswers, startScripted, type ScriptedAnswer } from './support/scripted-answers.ts';
import { toolIdAt, type QuestionTool } from './support/sdk-client.ts';
import { sdkClients } from './support/sdk-clients.ts';

const tools: QuestionTool[] = [
  {
    name: 'weather',
    description: 'Tells the weather of a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city'],
    },
  },
  {
    name: 'now',
    description: 'Tells the time.',
    parameters: { type: 'object', properties: {}, required: [] },
  },
];

const answers = new Map<string, ScriptedAnswer>(Object.entries(scriptedAnswers));
const seenTools = new Set<string>();
let gateway: Awaited<ReturnType<typeof startScripted>>;

beforeAll(async () => {
  // The prompt names the answer.
  gateway = await startScripted((request) => {
    seenTools.add(
      JSON.stringify(request.tools.map(({ name, description }) => [name, description])),
    );
    return answers.get(request.prompt) ?? { error: `no answer ${request.prompt}` };
  });
});

afterAll(() => gateway.close());

test.each(Object.entries(sdkClients))(
  '%s gets text, reasoning, tool calls, finish reason and usage',
  async (name, client) => {
    seenTools.clear();
    for (const [prompt, expected] of answers) {
      const answer = await client({ url: gateway.url, prompt, tools });
      const { usage, reasoning = expected.reasoning ?? '', ...rest } = answer;
      const { toolCalls = [], finishReason = toolCalls.length > 0 ? 'tool-calls' : 'stop' } =
        expected;
      expect({ prompt, reasoning, ...rest }).toEqual({
        prompt,
        text: expected.text ?? '',
        reasoning: expected.reasoning ?? '',
        toolCalls: toolCalls.map((call) => ({
          ...call,
          id: toolIdAt(name, call.id),
          arguments: JSON.parse(call.arguments) as unknown,
        })),
        finishReason,
      });
      expect(Object.keys(usage)).toEqual(
        expect.arrayContaining(['inputTokens', 'outputTokens', 'cachedTokens']),
      );
      expect(expected.usage).toMatchObject(usage);
    }
    expect([...seenTools]).toEqual([
      JSON.stringify(tools.map(({ name, description }) => [name, description])),
    ]);
  },
);
