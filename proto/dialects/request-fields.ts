import type { z } from 'zod';

import { wordJsonIssue } from '../problems/word-issue.ts';
import type { ChatMessage } from '../parts.ts';
import { requestError } from './dialect.ts';

const missing = 'is required';

/** Parses a body. @throws ContractError (request) with every field that is wrong */
export function readFields<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body, {
    error: (issue) => (issue.input === undefined ? missing : wordJsonIssue(issue)),
  });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => placeIssue(issue, []));
  const [first, ...others] = problems;
  const more = others.map(({ param, message }) => `; ${param}: ${message}`).join('');
  throw requestError(first?.param ?? 'body', `${first?.message ?? 'is not valid'}${more}`);
}

/** Returns the problems of an issue; of a choice those of the branch that the value was meant for. */
function placeIssue(
  issue: z.core.$ZodIssue,
  above: readonly PropertyKey[],
): { param: string; message: string }[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    // A value of the wrong type is an issue at the root of its branch.
    const meant = issue.errors.find((branch) => branch.every((inner) => inner.path.length > 0));
    if (meant !== undefined) return meant.flatMap((inner) => placeIssue(inner, path));
    const messages = new Set(issue.errors.flatMap(([first]) => first?.message ?? []));
    if (messages.has(missing)) return [{ param: pathOf(path), message: missing }];
    const types = [...messages].map((message) => message.replace(/^must be /, ''));
    return [{ param: pathOf(path), message: `must be ${types.join(' or ')}` }];
  }
  // The parser of the gateway says the same of a body that is neither an object nor an array.
  if (path.length === 0) return [{ param: 'body', message: 'must be a JSON object' }];
  return [{ param: pathOf(path), message: issue.message }];
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
 * @throws ContractError (request) where no message has text
 */
export function lastUserText(messages: readonly ChatMessage[], param: string): string {
  const withText = messages.filter(({ content }) => content !== '');
  const last = withText.findLast(({ role }) => role === 'user') ?? withText.at(-1);
  if (last === undefined)
    throw requestError(param, 'no message has text; images, audio and files are ignored');
  return last.content;
}
