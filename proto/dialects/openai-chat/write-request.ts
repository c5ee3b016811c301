import type { ChatMessage, ChatTool } from '../../parts.ts';
import type { WrittenRequest } from '../dialect.ts';
import { schemaOf } from '../tool-schema.ts';

/** Writes the body of a request, as the provider's clients do. */
export function writeChatRequest({
  messages,
  tools = [],
  model,
  includesUsage = false,
}: WrittenRequest): Record<string, unknown> {
  return {
    model,
    messages: messages.map(writeMessage),
    stream: true,
    ...(includesUsage ? { stream_options: { include_usage: true } } : {}),
    ...(tools.length === 0 ? {} : { tools: tools.map(writeTool) }),
  };
}

function writeMessage({ role, content, toolCalls, toolCallId }: ChatMessage): object {
  if (role === 'tool') return { role, tool_call_id: toolCallId, content };
  if (toolCalls.length === 0) return { role, content };
  return {
    role,
    content: content === '' ? null : content,
    tool_calls: toolCalls.map(({ id, name, arguments: written }) => ({
      id,
      type: 'function',
      function: { name, arguments: written },
    })),
  };
}

function writeTool({ name, description, parameters }: ChatTool): object {
  return { type: 'function', function: { name, description, parameters: schemaOf(parameters) } };
}
