import { z } from 'zod';

import type { ChatMessage, ChatTool } from '../../parts.ts';
import { requestError } from '../dialect.ts';
import { lastUserText, readFields, textOfContent } from '../request-fields.ts';

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  z.null(),
]);

const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: contentSchema.optional(),
  tool_calls: z
    .array(
      z.looseObject({
        id: z.string(),
        function: z.looseObject({ name: z.string(), arguments: z.string() }).optional(),
      }),
    )
    .nullish(),
  tool_call_id: z.string().nullish(),
});

const toolSchema = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string().min(1),
      description: z.string().nullish(),
      parameters: z.looseObject({}).nullish(),
    })
    .optional(),
});

const bodySchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  tools: z.array(toolSchema).nullish(),
  n: z.int().min(1).nullish(),
});

export interface ChatRequest {
  prompt: string;
  model: string;
  messages: ChatMessage[];
  tools: ChatTool[];
  isStreamed: boolean;
  includesUsage: boolean;
}

/** @throws ContractError (request) */
export function readChatRequest(body: unknown): ChatRequest {
  const { model, messages, stream, stream_options, tools, n } = readFields(bodySchema, body);
  if (n !== undefined && n !== null && n > 1) {
    throw requestError('n', 'must be 1, since a plan is one answer');
  }
  const conversation = messages.map(readMessage);
  return {
    prompt: lastUserText(conversation, 'messages'),
    model,
    messages: conversation,
    tools: (tools ?? []).flatMap(({ function: definition }) =>
      definition === undefined
        ? []
        : {
            name: definition.name,
            description: definition.description ?? '',
            parameters: definition.parameters ? JSON.stringify(definition.parameters) : '',
          },
    ),
    isStreamed: stream === true,
    includesUsage: stream_options?.include_usage === true,
  };
}

const roles: Readonly<Record<string, ChatMessage['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
};

function readMessage(message: z.output<typeof messageSchema>): ChatMessage {
  const { role, content, tool_calls, tool_call_id } = message;
  return {
    role: roles[role] ?? 'user',
    content: textOfContent(content),
    toolCalls: (tool_calls ?? []).map(({ id, function: called }) => ({
      id,
      name: called?.name ?? '',
      arguments: called?.arguments ?? '',
    })),
    toolCallId: tool_call_id ?? '',
  };
}
