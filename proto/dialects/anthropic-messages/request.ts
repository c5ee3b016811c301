import { z } from 'zod';

import type { ChatMessage, ChatTool } from '../../parts.ts';
import { requestError } from '../dialect.ts';
import { lastUserText, readFields, textOfContent } from '../request-fields.ts';
import { readToolId } from './tool-ids.ts';

const blockSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  /** Of a tool call. */
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
  /** Of a tool's result. */
  tool_use_id: z.string().optional(),
  content: z
    .union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))])
    .optional(),
});

const contentSchema = z.union([z.string(), z.array(blockSchema)]);

const bodySchema = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content: contentSchema }))
    .min(1),
  system: contentSchema.nullish(),
  stream: z.boolean().nullish(),
  tools: z
    .array(
      z.looseObject({
        /** Left out, or `custom`, for a tool of the client's own; others are the provider's. */
        type: z.string().nullish(),
        name: z.string().min(1).optional(),
        description: z.string().nullish(),
        input_schema: z.looseObject({}).nullish(),
      }),
    )
    .nullish(),
});

const generationSchema = bodySchema.extend({
  max_tokens: z.int().min(1),
  /** A conversation whose earlier turns the server keeps. */
  thread: z.unknown().optional(),
});

export interface MessagesRequest {
  prompt: string;
  model: string;
  messages: ChatMessage[];
  tools: ChatTool[];
  isStreamed: boolean;
}

/** Reads the body of a request for a generation. @throws ContractError (request) */
export function readMessagesRequest(body: unknown): MessagesRequest {
  const fields = readFields(generationSchema, body);
  if (fields.thread !== undefined && fields.thread !== null) {
    // The SDK's tool runner reads this and sends the whole conversation from then on.
    throw requestError('thread', 'is not served; send the whole conversation in messages', {
      error_code: 'thread_unsupported_request',
      unsupported: ['thread'],
    });
  }
  return readConversation(fields);
}

/** Reads the body of a request to count tokens, which names no `max_tokens`. @throws ContractError (request) */
export function readCountRequest(body: unknown): MessagesRequest {
  return readConversation(readFields(bodySchema, body));
}

function readConversation(body: z.output<typeof bodySchema>): MessagesRequest {
  const { model, system, messages, stream, tools } = body;
  const conversation = [
    ...(system === undefined || system === null
      ? []
      : readMessage({ role: 'system', content: system })),
    ...messages.flatMap(readMessage),
  ];
  return {
    prompt: lastUserText(conversation, 'messages'),
    model,
    messages: conversation,
    tools: readTools(tools ?? []),
    isStreamed: stream === true,
  };
}

/** @throws ContractError (request) for a tool of the client's own without a name */
function readTools(tools: NonNullable<z.output<typeof bodySchema>['tools']>): ChatTool[] {
  return tools.flatMap(({ type, name, description, input_schema }, index) => {
    // The provider's own tools have no schema in the request, and mostly run at the provider.
    if (type && type !== 'custom') return [];
    if (name === undefined) throw requestError(`tools[${index}].name`, 'is required');
    return [
      {
        name,
        description: description ?? '',
        parameters: input_schema ? JSON.stringify(input_schema) : '',
      },
    ];
  });
}

/**
 * A user's message may bring results of tools beside its text: each is a message of its own. They come last,
 * whatever the order of the blocks: the answer is to them.
 */
function readMessage({
  role,
  content,
}: {
  role: 'user' | 'assistant' | 'system';
  content: z.output<typeof contentSchema>;
}): ChatMessage[] {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const results = blocks.flatMap((block): ChatMessage[] =>
    block.type === 'tool_result'
      ? [
          {
            role: 'tool',
            content: textOfContent(block.content),
            toolCalls: [],
            toolCallId: readToolId(block.tool_use_id ?? ''),
          },
        ]
      : [],
  );
  const toolCalls = blocks.flatMap(({ type, id, name, input }) =>
    type === 'tool_use'
      ? { id: readToolId(id ?? ''), name: name ?? '', arguments: JSON.stringify(input ?? {}) }
      : [],
  );
  const text = textOfContent(blocks.filter(({ type }) => type === 'text'));
  if (results.length > 0 && text === '') return results;
  return [{ role, content: text, toolCalls, toolCallId: '' }, ...results];
}
