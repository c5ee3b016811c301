import type { ChatMessage } from '../../proto/parts.ts';

/** The properties of a conversation that conditions read. */
export interface Conversation {
  lastRole: ChatMessage['role'];
  /** The tools whose results end the conversation. */
  answeredTools: ReadonlySet<string>;
  /** Whether a tool's result follows the last message of the user. */
  hasToolResult: boolean;
  /** The number of user messages. */
  turn: number;
}

/** Reads a conversation once, in linear time; a request by prompt alone has one message of a user. */
export function readConversation(messages: readonly ChatMessage[]): Conversation {
  const last = messages.at(-1);
  if (last === undefined) {
    return { lastRole: 'user', answeredTools: new Set(), hasToolResult: false, turn: 1 };
  }
  const fromUser = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1);
  return {
    lastRole: last.role,
    answeredTools: last.role === 'tool' ? toolsOfLastResults(messages) : new Set(),
    hasToolResult: fromUser.some(({ role }) => role === 'tool'),
    turn: messages.filter(({ role }) => role === 'user').length,
  };
}

/** Resolves the ids of the results at the end: several where an assistant called several tools. */
function toolsOfLastResults(messages: readonly ChatMessage[]): Set<string> {
  const last = messages.findLastIndex(({ role }) => role !== 'tool');
  const ids = new Set(messages.slice(last + 1).map(({ toolCallId }) => toolCallId));
  const names = new Map<string, string>();
  for (const { toolCalls } of messages) {
    for (const { id, name } of toolCalls) if (ids.has(id)) names.set(id, name);
  }
  return new Set(names.values());
}
