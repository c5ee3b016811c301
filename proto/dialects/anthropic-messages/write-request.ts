import type { ChatMessage, ChatTool } from '../../parts.ts';
import type { WrittenRequest } from '../dialect.ts';
import { parseArguments } from '../parse-arguments.ts';
import { schemaOf } from '../tool-schema.ts';
import { writeToolId } from './tool-ids.ts';

/** Writes the body of a request, as the provider's clients do: results of tools are a message of the user. */
export function writeMessagesRequest({
  messages,
  tools = [],
  model,
}: WrittenRequest): Record<string, unknown> {
  return {
    model,
    max_tokens: 4096,
    messages: joinResults(messages).map(writeMessage),
    stream: true,
    ...(tools.length === 0 ? {} : { tools: tools.map(writeTool) }),
  };
}

/** Returns groups of messages that are one message of the format. */
function joinResults(messages: readonly ChatMessage[]): ChatMessage[][] {
  const groups: ChatMessage[][] = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (message.role === 'tool' && last?.[0]?.role === 'tool') last.push(message);
    else groups.push([message]);
  }
  return groups;
}

function writeMessage(group: readonly ChatMessage[]): object {
  const [first] = group;
  if (first?.role === 'tool') {
    return {
      role: 'user',
      content: group.map(({ toolCallId, content }) => ({
        type: 'tool_result',
        tool_use_id: writeToolId(toolCallId),
        content,
      })),
    };
  }
  const { role, content = '', toolCalls = [] } = first ?? {};
  if (toolCalls.length === 0) return { role, content };
  return {
    role,
    content: [
      ...(content === '' ? [] : [{ type: 'text', text: content }]),
      ...toolCalls.map(({ id, name, arguments: written }) => ({
        type: 'tool_use',
        id: writeToolId(id),
        name,
        input: parseArguments(written),
      })),
    ],
  };
}

function writeTool({ name, description, parameters }: ChatTool): object {
  return { name, description, input_schema: schemaOf(parameters) };
}
