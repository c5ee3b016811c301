import { z } from 'zod';

import type { ChatMessage, ChatTool } from '../../parts.ts';
import { lastUserText, readFields } from '../request-fields.ts';

/** A part of a message: text, or a tool call with its result once there is one. */
const partSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  toolName: z.string().optional(),
  toolCallId: z.string().optional(),
  state: z.string().optional(),
  input: z.unknown().optional(),
  output: z.unknown().optional(),
  errorText: z.string().optional(),
});

/** Refuses a key of another format, whose schema would be ignored. */
const misnamed = (error: string) => z.never({ error }).optional();

const toolSchema = z.looseObject({
  name: z.string().min(1),
  description: z.string().optional(),
  inputSchema: z.looseObject({}).optional(),
  parameters: misnamed('must be named inputSchema'),
  input_schema: misnamed('must be named inputSchema'),
  function: misnamed('must be left out; a tool is { name, inputSchema }'),
});

const bodySchema = z.looseObject({
  id: z.string().min(1).optional(),
  messages: z
    .array(
      z.looseObject({
        id: z.string().optional(),
        role: z.enum(['system', 'user', 'assistant']),
        parts: z.array(partSchema),
      }),
    )
    .min(1),
  model: z.string().min(1).optional(),
  /** No part of the protocol: an app whose server knows its tools sends none. */
  tools: z.array(toolSchema, { error: 'must be an array of { name, inputSchema }' }).optional(),
});

export interface ChatUiRequest {
  chatId: string | undefined;
  /** The id of the assistant's message that the answer goes on with, after results of tools. */
  continuedId: string | undefined;
  prompt: string;
  model: string | undefined;
  messages: ChatMessage[];
  tools: ChatTool[];
}

/** @throws ContractError (request) */
export function readChatUiRequest(body: unknown): ChatUiRequest {
  const { id, messages, model, tools = [] } = readFields(bodySchema, body);
  const conversation = messages.flatMap(readMessage);
  const last = messages.at(-1);
  return {
    chatId: id,
    continuedId: last?.role === 'assistant' && last.id !== '' ? last.id : undefined,
    prompt: lastUserText(conversation, 'messages'),
    model,
    messages: conversation,
    tools: tools.map(({ name, description = '', inputSchema }) => ({
      name,
      description,
      parameters: inputSchema === undefined ? '' : JSON.stringify(inputSchema),
    })),
  };
}

/**
 * One message of the interface may hold several steps: text, tool calls, their results, text again. Each
 * call with its result ends a message of the conversation.
 */
function readMessage({
  role,
  parts,
}: {
  role: ChatMessage['role'];
  parts: readonly z.output<typeof partSchema>[];
}): ChatMessage[] {
  const messages: ChatMessage[] = [];
  let content = '';
  const flush = (toolCalls: ChatMessage['toolCalls']) => {
    if (content !== '' || toolCalls.length > 0) {
      messages.push({ role, content: content.toWellFormed(), toolCalls, toolCallId: '' });
    }
    content = '';
  };
  for (const part of parts) {
    const { type, text = '', toolCallId = '' } = part;
    if (type === 'text') content += text;
    if (!type.startsWith('tool-') && type !== 'dynamic-tool') continue;
    const name = part.toolName ?? type.slice('tool-'.length);
    flush([{ id: toolCallId, name, arguments: JSON.stringify(part.input ?? {}) }]);
    const result = resultOf(part);
    if (result === undefined) continue;
    messages.push({ role: 'tool', content: result, toolCalls: [], toolCallId });
  }
  flush([]);
  return messages;
}

function resultOf({ state, output, errorText }: z.output<typeof partSchema>): string | undefined {
  if (state === 'output-available') {
    return typeof output === 'string' ? output : JSON.stringify(output ?? null);
  }
  return state === 'output-error' ? (errorText ?? '') : undefined;
}
