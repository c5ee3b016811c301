import { LRUCache } from 'lru-cache';

import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { buildAnswer, type Answer } from '../../proto/dialects/answer.ts';
import type { Dialect } from '../../proto/dialects/dialect.ts';
import { createEventParser } from '../../client/event-parser.ts';
import {
  conversationKeyOf,
  firstRequest,
  nextRequest,
  readConversationKey,
  type Conversation,
  type ConversationRequest,
} from '../load/profile/conversation.ts';
import { conversationBody, type BodyRequest } from '../load/request.ts';
import { agentRequestOf, type AgentRequest } from './agent-request.ts';
import { answerInDialect } from './answer-in-dialect.ts';

/** Conversations whose requests are kept, so that the plan of each request is made once. */
const mostKept = 20_000;

/**
 * Returns a function from the key of a stream to the agent's request for it: the conversation so far, with the
 * answers that the client has read by the plans of its earlier requests.
 * @param planOf returns the plan of a request
 */
export function conversationRequests(
  conversation: Conversation,
  request: BodyRequest,
  dialect: Dialect,
  planOf: (key: string, request: AgentRequest) => StreamPlan,
): (key: string) => AgentRequest {
  const kept = new LRUCache<string, ConversationRequest[]>({ max: mostKept });

  return (key) => {
    const { conversation: id, number } = readConversationKey(key);
    const requests = kept.get(id) ?? [firstRequest(conversation)];
    kept.set(id, requests);
    const bodyOf = ({ messages }: ConversationRequest) =>
      conversationBody(request, { messages, id });
    const agentRequest = (each: ConversationRequest) => agentRequestOf(request, '', bodyOf(each));
    for (let last = requests.at(-1); requests.length < number; last = requests.at(-1)) {
      if (last === undefined) break;
      const plan = planOf(conversationKeyOf(id, last.number), agentRequest(last));
      const next = nextRequest(conversation, last, answerBy(plan, dialect, bodyOf(last)));
      if (next === undefined) break;
      requests.push(next.request);
    }
    const found = requests[number - 1];
    if (found === undefined) throw new RangeError(`no plan leads to the request ${key}`);
    return agentRequest(found);
  };
}

/** Returns the answer that a client reads of a plan. */
function answerBy(plan: StreamPlan, dialect: Dialect, body: Record<string, unknown>): Answer {
  const builder = buildAnswer();
  const decoder = dialect.decoder();
  const parse = createEventParser(({ event, data }) => {
    for (const piece of decoder.event(event, data)) builder.decoded(piece);
  });
  for (const { text } of answerInDialect(plan, dialect, body).body) parse(Buffer.from(text));
  return builder.answer();
}
