import { RE2JS } from 're2js';
import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import type { ChatMessage, ChatTool } from '../../proto/parts.ts';
import { behaviourSchema, type Behaviour } from './behaviour.ts';
import { readConversation, type Conversation } from './conversation.ts';

/**
 * A regular expression of a user, in RE2's syntax: without back-references and look-around it takes linear
 * time.
 */
const patternSchema = wellFormedText.check(({ value, issues }) => {
  try {
    RE2JS.compile(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `not a regular expression (RE2): ${reason}`;
    issues.push({ code: 'custom', input: value, message });
  }
});

/** The conditions of a case; a request must meet all of them. */
const whenSchema = z
  .strictObject({
    /** Text that the prompt contains, case-sensitive. */
    promptContains: wellFormedText.min(1).optional(),
    /** A regular expression that matches somewhere in the prompt. */
    promptMatches: patternSchema.optional(),
    model: wellFormedText.min(1).optional(),
    /** The number of the request among those with the same key (without a key: prompt and model), from 1. */
    nth: z.int().min(1).optional(),
    /** The role of the last message. */
    lastRole: z.enum(['system', 'user', 'assistant', 'tool']).optional(),
    /** The tool whose result is the last message, or among the last where several were called. */
    toolResultOf: wellFormedText.min(1).optional(),
    /** Whether a tool's result follows the last message of the user, so that an answer to it is due. */
    hasToolResult: z.boolean().optional(),
    /** The number of user messages of the conversation. */
    turn: z.int().min(1).optional(),
    /** Whether the request brings tools. */
    hasTools: z.boolean().optional(),
    /** Text that any message contains, case-sensitive. */
    messageContains: wellFormedText.min(1).optional(),
  })
  .refine((when) => Object.values(when).some((condition) => condition !== undefined), {
    ...besideProblems,
    error:
      'a case needs at least one of promptContains, promptMatches, model, nth, lastRole, toolResultOf, hasToolResult, turn, hasTools, messageContains',
  });

/** Behaviours for some requests; the first match counts. */
export const casesSchema = z.array(
  z.strictObject({ when: whenSchema, behaviour: behaviourSchema.prefault({}) }),
);

export type Cases = z.output<typeof casesSchema>;

type When = Cases[number]['when'];

/** The compiled expressions of conditions. Scenarios contain them as text, so that they stay plain data. */
const compiled = new WeakMap<When, RE2JS>();

/** The properties of a request that conditions read. */
export interface CaseRequest {
  prompt: string;
  model: string;
  nth: number;
  /** The whole conversation; empty or absent for a request by prompt alone. */
  messages?: readonly ChatMessage[] | undefined;
  tools?: readonly ChatTool[] | undefined;
}

/** Returns the behaviour of the first matching case, or the scenario's own. */
export function chooseBehaviour(
  { behaviour, cases }: { behaviour: Behaviour; cases: Cases },
  request: CaseRequest,
): Behaviour {
  if (cases.length === 0) return behaviour;
  const conversation = readConversation(request.messages ?? []);
  return cases.find(({ when }) => matches(when, request, conversation))?.behaviour ?? behaviour;
}

function matches(when: When, request: CaseRequest, conversation: Conversation): boolean {
  const { promptContains, model, nth, lastRole, toolResultOf, hasToolResult, turn, hasTools } =
    when;
  const { prompt, tools = [] } = request;
  return (
    (promptContains === undefined || prompt.includes(promptContains)) &&
    (model === undefined || model === request.model) &&
    (nth === undefined || nth === request.nth) &&
    (lastRole === undefined || lastRole === conversation.lastRole) &&
    (toolResultOf === undefined || conversation.answeredTools.has(toolResultOf)) &&
    (hasToolResult === undefined || hasToolResult === conversation.hasToolResult) &&
    (turn === undefined || turn === conversation.turn) &&
    (hasTools === undefined || hasTools === tools.length > 0) &&
    matchesMessages(when, request) &&
    matchesPrompt(when, prompt)
  );
}

function matchesMessages(
  { messageContains }: When,
  { prompt, messages = [] }: CaseRequest,
): boolean {
  if (messageContains === undefined) return true;
  if (messages.length === 0) return prompt.includes(messageContains);
  return messages.some(({ content }) => content.includes(messageContains));
}

function matchesPrompt(when: When, prompt: string): boolean {
  if (when.promptMatches === undefined) return true;
  const pattern = compiled.get(when) ?? RE2JS.compile(when.promptMatches);
  compiled.set(when, pattern);
  return pattern.matcher(prompt).find();
}
