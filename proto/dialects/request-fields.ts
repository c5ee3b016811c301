import type { z } from 'zod';

import { wordIssue } from '../problems/word-issue.ts';
import type { ChatMessage } from '../parts.ts';
import { RequestProblem } from './dialect.ts';

/** Parses a body. @throws RequestProblem with every field that is wrong */
export function readFields<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body, {
    error: (issue) => (issue.input === undefined ? 'is required' : wordIssue(issue)),
  });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => ({
    param: path.length === 0 ? 'body' : pathOf(path),
    message,
  }));
  const [first, ...others] = problems;
  const more = others.map(({ param, message }) => `; ${param}: ${message}`).join('');
  throw new RequestProblem(first?.param ?? 'body', `${first?.message ?? 'is not valid'}${more}`);
}

/** As the providers write a path: `messages[0].content`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** The text of a content that is a text or a list of parts; parts without text count for nothing. */
export function textOfContent(
  content: string | readonly { text?: string | undefined }[] | null | undefined,
): string {
  if (typeof content === 'string') return content.toWellFormed();
  return (content ?? [])
    .map(({ text = '' }) => text)
    .join('')
    .toWellFormed();
}

/**
 * Returns the text of the last user message, or of the last message with text where no user's has any.
 * @throws RequestProblem where no message has text
 */
export function lastUserText(messages: readonly ChatMessage[], param: string): string {
  const withText = messages.filter(({ content }) => content !== '');
  const last = withText.findLast(({ role }) => role === 'user') ?? withText.at(-1);
  if (last === undefined) throw new RequestProblem(param, 'no message has text');
  return last.content;
}
