import { aiSdkUi } from './ai-sdk-ui/index.ts';
import { anthropicMessages, countMessagesTokens } from './anthropic-messages/index.ts';
import type { Dialect, DialectName } from './dialect.ts';
import { openAiChat } from './openai-chat/index.ts';
import { modelFormatFor, modelPaths } from './models.ts';
import { openAiResponses } from './openai-responses/index.ts';

interface DialectRoutes {
  dialect: Dialect;
  /** The first one is the provider's own. */
  paths: readonly [string, ...string[]];
  /** Where a stream is asked for again, by the id in the place of `:id`. */
  resumePaths?: readonly string[];
  /** Whether the response for a stream that is over or unknown is a 204 instead of an error. */
  hasEmptyResume?: boolean;
}

/** Every dialect, with the paths that its requests are sent to. */
export const dialects: readonly DialectRoutes[] = [
  { dialect: openAiChat, paths: ['/v1/chat/completions', '/chat/completions'] },
  {
    dialect: openAiResponses,
    paths: ['/v1/responses', '/responses'],
    resumePaths: ['/v1/responses/:id', '/responses/:id'],
  },
  { dialect: anthropicMessages, paths: ['/v1/messages', '/messages'] },
  {
    dialect: aiSdkUi,
    paths: ['/api/chat'],
    resumePaths: ['/api/chat/:id/stream'],
    hasEmptyResume: true,
  },
];

/** Returns a dialect, with the path that its clients send requests to. */
export function dialectNamed(name: DialectName): { dialect: Dialect; path: string } {
  const found = dialects.find(({ dialect }) => dialect.name === name);
  if (found === undefined) throw new RangeError(`no dialect ${name}`);
  return { dialect: found.dialect, path: found.paths[0] };
}

/** Paths that answer with a number of tokens. */
export const tokenCounts: readonly {
  dialect: Dialect;
  paths: readonly string[];
  /** @throws ContractError (request) */
  count: (body: unknown) => object;
}[] = [
  {
    dialect: anthropicMessages,
    paths: ['/v1/messages/count_tokens', '/messages/count_tokens'],
    count: countMessagesTokens,
  },
];

const patternOf = (path: string) => new RegExp(`^${path.replace(':id', '[^/]+')}$`);

const resumePatterns = dialects.flatMap(({ dialect, resumePaths = [] }) =>
  resumePaths.map((path) => ({ dialect, pattern: patternOf(path) })),
);

/** Each path that answers in a dialect. */
const patterns = [
  ...resumePatterns,
  ...[...dialects, ...tokenCounts].flatMap(({ dialect, paths }) =>
    paths.map((path) => ({ dialect, pattern: patternOf(path) })),
  ),
];

/** The dialect in which a path answers, errors included; undefined for the specified interface's. */
export function dialectOf(
  path: string,
  headers: Readonly<Record<string, unknown>>,
): Dialect | undefined {
  const dialect = patterns.find(({ pattern }) => pattern.test(path))?.dialect;
  if (dialect !== undefined) return dialect;
  // Paths of models, and those that are not served: a client reads the error in its own format.
  const isShared = path.startsWith('/v1/') || modelPaths.some((models) => path.startsWith(models));
  return isShared ? modelFormatFor(headers).dialect : undefined;
}

/** Whether a request starts a generation in a dialect, or goes on with one. */
export function isDialectRequest(method: string, path: string): boolean {
  if (method === 'GET') return resumePatterns.some(({ pattern }) => pattern.test(path));
  return method === 'POST' && dialects.some(({ paths }) => paths.includes(path));
}
