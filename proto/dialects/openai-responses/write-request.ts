import type { ChatMessage, ChatTool } from '../../parts.ts';
import type { WrittenRequest } from '../dialect.ts';
import { schemaOf } from '../tool-schema.ts';

/** Writes the body of a request, as the provider's clients do. */
export function writeResponsesRequest({
  messages,
  tools = [],
  model,
}: WrittenRequest): Record<string, unknown> {
  const [first, second] = messages;
  const isPromptAlone = first?.role === 'user' && second === undefined;
  return {
    model,
    input: isPromptAlone ? first.content : messages.flatMap(writeItems),
    stream: true,
    ...(tools.length === 0 ? {} : { tools: tools.map(writeTool) }),
  };
}

function writeItems({ role, content, toolCalls, toolCallId }: ChatMessage): object[] {
  if (role === 'tool') {
    return [{ type: 'function_call_output', call_id: toolCallId, output: content }];
  }
  const calls = toolCalls.map(({ id, name, arguments: written }) => ({
    type: 'function_call',
    call_id: id,
    name,
    arguments: written,
  }));
  return content === '' && calls.length > 0 ? calls : [{ role, content }, ...calls];
}

function writeTool({ name, description, parameters }: ChatTool): object {
  return { type: 'function', name, description, parameters: schemaOf(parameters) };
}
