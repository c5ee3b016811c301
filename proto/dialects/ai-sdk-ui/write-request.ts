import type { ChatMessage, ChatTool } from '../../parts.ts';
import type { WrittenRequest } from '../dialect.ts';
import { parseArguments } from '../parse-arguments.ts';
import { schemaOf } from '../tool-schema.ts';

interface WrittenMessage {
  id: string;
  role: ChatMessage['role'];
  parts: object[];
}

/**
 * Writes the body of a request, as `useChat` does: the calls of an assistant, their results and its answer are
 * parts of one message. The tools are no part of the protocol.
 */
export function writeChatUiRequest({
  messages,
  tools = [],
  model,
  id,
}: WrittenRequest): Record<string, unknown> {
  const results = new Map(messages.map(({ toolCallId, content }) => [toolCallId, content]));
  const written: WrittenMessage[] = [];
  for (const message of messages) {
    const { role } = message;
    if (role === 'tool') continue;
    const last = written.at(-1);
    const parts = partsOf(message, results);
    if (role === 'assistant' && last?.role === role) last.parts.push(...parts);
    else written.push({ id: `${id}-${written.length}-${role}`, role, parts });
  }
  return {
    id,
    model,
    messages: written,
    trigger: 'submit-message',
    ...(tools.length === 0 ? {} : { tools: tools.map(writeTool) }),
  };
}

function partsOf(
  { role, content, toolCalls }: ChatMessage,
  results: ReadonlyMap<string, string>,
): object[] {
  return [
    ...(role === 'assistant' ? [{ type: 'step-start' }] : []),
    ...(content === '' ? [] : [{ type: 'text', text: content }]),
    ...toolCalls.map(({ id, name, arguments: written }) => ({
      type: `tool-${name}`,
      toolCallId: id,
      input: parseArguments(written),
      ...(results.has(id)
        ? { state: 'output-available', output: results.get(id) }
        : { state: 'input-available' }),
    })),
  ];
}

function writeTool({ name, description, parameters }: ChatTool): object {
  return { name, description, inputSchema: schemaOf(parameters) };
}
