import { z } from 'zod';

import type { ChatMessage, ChatTool } from '../../parts.ts';
import { lastUserText, readFields, textOfContent } from '../request-fields.ts';
import type { EchoedFields } from './response.ts';

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
]);

/** A message, a function call or its output; other items hold nothing that a plan depends on. */
const itemSchema = z.looseObject({
  type: z.string().optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']).optional(),
  content: contentSchema.nullish(),
  call_id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.string().optional(),
  output: contentSchema.optional(),
});

const bodySchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(itemSchema).min(1)]),
  instructions: z.string().nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  tools: z
    .array(
      z.looseObject({
        type: z.string(),
        name: z.string().optional(),
        description: z.string().nullish(),
        parameters: z.looseObject({}).nullish(),
      }),
    )
    .nullish(),
});

/** The fields that a response repeats; they change nothing else of it, so their values are not read. */
const echoedNames = [
  'instructions',
  'max_output_tokens',
  'metadata',
  'parallel_tool_calls',
  'store',
  'temperature',
  'tool_choice',
  'top_p',
] as const;

export interface ResponsesRequest {
  prompt: string;
  model: string;
  messages: ChatMessage[];
  tools: ChatTool[];
  isStreamed: boolean;
  echoed: EchoedFields;
}

/** @throws ContractError (request) */
export function readResponsesRequest(body: unknown): ResponsesRequest {
  const fields = readFields(bodySchema, body);
  const { model, input, instructions, stream, tools } = fields;
  const items = typeof input === 'string' ? [{ role: 'user' as const, content: input }] : input;
  const messages = [
    ...(instructions ? [plainMessage('system', instructions)] : []),
    ...items.flatMap(readItem),
  ];
  return {
    prompt: lastUserText(messages, 'input'),
    model,
    messages,
    tools: (tools ?? []).flatMap(({ type, name = '', description, parameters }) =>
      type === 'function' && name !== ''
        ? {
            name,
            description: description ?? '',
            parameters: parameters ? JSON.stringify(parameters) : '',
          }
        : [],
    ),
    isStreamed: stream === true,
    echoed: readEchoed(fields),
  };
}

/** Returns what a response repeats of its request; a field that is left out or null has the provider's default. */
function readEchoed(fields: z.output<typeof bodySchema>): EchoedFields {
  const { tools } = fields;
  const echoed: Record<string, unknown> = {};
  for (const name of echoedNames) echoed[name] = fields[name] ?? undefined;
  if (tools) echoed['tools'] = tools.map(describeTool);
  return Object.fromEntries(Object.entries(echoed).filter(([, value]) => value !== undefined));
}

/** Returns a tool as the provider repeats it; a function has all of its fields. */
function describeTool(tool: { type: string }): object {
  if (tool.type !== 'function') return tool;
  return { description: null, parameters: null, strict: true, ...tool };
}

function readItem(item: z.output<typeof itemSchema>): ChatMessage[] {
  const { type, role, content, call_id = '', name = '', output } = item;
  if (type === 'function_call') {
    const call = { id: call_id, name, arguments: item.arguments ?? '' };
    return [{ ...plainMessage('assistant', ''), toolCalls: [call] }];
  }
  if (type === 'function_call_output') {
    return [{ ...plainMessage('tool', textOfContent(output)), toolCallId: call_id }];
  }
  if (role === undefined) return [];
  return [plainMessage(role === 'developer' ? 'system' : role, textOfContent(content))];
}

function plainMessage(role: ChatMessage['role'], content: string): ChatMessage {
  return { role, content, toolCalls: [], toolCallId: '' };
}
