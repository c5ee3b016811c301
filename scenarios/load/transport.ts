import { z } from 'zod';

import { transports, type Transport } from '../../reports/fingerprint.ts';
import { httpVersionKey } from './target/http-version.ts';

/** How often a stream over GET is resumed by default. */
const defaultReconnects = 5;

const mostReconnects = 1000;

/** The keys of a request that choose how it travels. */
export const transportKeys = {
  transport: z
    .enum(transports)
    .default('post')
    .describe(
      '`post`; `get`: prompt and model in the query, and a stream that breaks is resumed, as an EventSource does it; `websocket`: the body of a POST as the first message.',
    ),
  reconnects: z
    .int()
    .min(0)
    .max(mostReconnects)
    .optional()
    .meta({ default: defaultReconnects })
    .describe('With `transport: get`: how often a stream that breaks is resumed at most.'),
  httpVersion: httpVersionKey,
};

export function methodOf(transport: Transport): 'GET' | 'POST' {
  return transport === 'post' ? 'POST' : 'GET';
}

/** Returns how often a stream that breaks is resumed at most; null for a transport that resumes none. */
export function mostReconnectsOf({
  transport,
  reconnects = defaultReconnects,
}: {
  transport: Transport;
  reconnects?: number | undefined;
}): number | null {
  return transport === 'get' ? reconnects : null;
}

/** The fields of a request in a query (A3). */
const fieldNames: ReadonlySet<string> = new Set(['prompt', 'model', 'stream']);

/**
 * Returns a path with the fields of a request in its query, as the URL of an EventSource has them (A3). They
 * replace fields of the same name; the rest of the query stays as written.
 * @param path with or without a query
 */
export function pathOfGet(
  path: string,
  { prompt, model }: { prompt: string; model: string },
): string {
  const [base, query] = splitOnce(path, '?');
  const kept = query
    .split('&')
    .filter((field) => field !== '' && !fieldNames.has(field.split('=', 1)[0] ?? ''));
  const own = [
    'stream=true',
    `prompt=${encodeURIComponent(prompt)}`,
    `model=${encodeURIComponent(model)}`,
  ];
  return `${base}?${[...kept, ...own].join('&')}`;
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}
