import { Metadata } from '@grpc/grpc-js';
import { pino } from 'pino';

import { startGateway } from '../../../../gateway/server.ts';
import { startScriptedAgent } from '../../../../gateway/testing/scripted-agent.ts';
import type { GenerateRequest, OutgoingChunk } from '../../../../proto/agent-service.ts';
import type { FinishReason, ToolCall, Usage } from '../../../../proto/parts.ts';

/** What an agent answers, before it is cut into chunks. */
export interface ScriptedAnswer {
  reasoning?: string;
  text?: string;
  toolCalls?: readonly ToolCall[];
  isInterleaved?: boolean;
  finishReason?: FinishReason;
  usage?: Usage;
  /** In place of the end. */
  error?: string;
}

const usage: Usage = { inputTokens: 40, outputTokens: 23, reasoningTokens: 9, cachedTokens: 16 };

const weatherCalls: ToolCall[] = [
  { id: 'call_1', name: 'weather', arguments: '{"city":"Köln 🌦","days":3}' },
  { id: 'call_2', name: 'weather', arguments: '{"city":"a \\"quoted\\" \\\\ name","days":1}' },
];

export const scriptedAnswers = {
  text: { text: 'A line.\r\nAnother – 故事 👩‍👩‍👧 “quoted” \u2028 one.', usage },
  'reasoning, then text': {
    reasoning: 'First I think\n\nabout “it”, 想一想.',
    text: 'Then I answer.',
    usage,
  },
  'a tool call without text': { toolCalls: weatherCalls.slice(0, 1), usage },
  'a tool call without arguments': {
    toolCalls: [{ id: 'call_1', name: 'now', arguments: '{}' }],
    usage,
  },
  'reasoning, text and tool calls in sequence': {
    reasoning: 'They ask for two cities.',
    text: 'Let me look.',
    toolCalls: weatherCalls,
    usage,
  },
  'interleaved tool calls': { toolCalls: weatherCalls, isInterleaved: true, usage },
  'an answer that is too long': { text: 'It goes on and', finishReason: 'length', usage },
  'an answer that is filtered': { text: 'It begins and', finishReason: 'content-filter', usage },
} satisfies Record<string, ScriptedAnswer>;

function piecesOf(text: string, chars: number): string[] {
  return text.match(new RegExp(`.{1,${chars}}`, 'gsu')) ?? [];
}

/** Cuts an answer into chunks, calls into fragments of three characters. */
function chunksOf(answer: ScriptedAnswer): OutgoingChunk[] {
  const { reasoning = '', text = '', toolCalls = [], isInterleaved = false, error } = answer;
  const fragments = toolCalls.map(({ arguments: written, ...call }, index) => [
    { index, ...call, arguments: '' },
    ...piecesOf(written, 3).map((piece) => ({ index, id: '', name: '', arguments: piece })),
  ]);
  const longest = Math.max(0, ...fragments.map(({ length }) => length));
  const ordered = isInterleaved
    ? Array.from({ length: longest }, (_, at) => fragments.flatMap((call) => call[at] ?? []))
    : fragments.flat().map((fragment) => [fragment]);
  const { finishReason = toolCalls.length > 0 ? 'tool-calls' : 'stop' } = answer;
  const end: OutgoingChunk =
    error === undefined
      ? {
          isFinal: true,
          parts: { finishReason, ...(answer.usage === undefined ? {} : { usage: answer.usage }) },
        }
      : { error };
  return [
    ...piecesOf(reasoning, 7).map((piece) => ({ parts: { reasoning: piece } })),
    ...piecesOf(text, 5).map((delta) => ({ delta })),
    ...ordered.map((calls) => ({ parts: { toolCalls: calls } })),
    end,
  ];
}

/** A gateway before an agent that is not ours: it answers each request as a test says. */
export async function startScripted(answer: (request: GenerateRequest) => ScriptedAnswer) {
  const agent = await startScriptedAgent((call) => {
    call.sendMetadata(new Metadata());
    for (const chunk of chunksOf(answer(call.request))) call.write(chunk);
    call.end();
  });
  const gateway = await startGateway(
    { port: 0, agentAddress: agent.address, closeGraceMs: 500 },
    pino({ level: 'silent' }),
  );
  return {
    url: gateway.url,
    async close() {
      await gateway.close();
      agent.close();
    },
  };
}
