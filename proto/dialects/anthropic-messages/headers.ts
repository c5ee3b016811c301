import type { StreamIdentity } from '../dialect.ts';

/** What is limited, and how much of it is allowed in a minute. */
const limits = {
  requests: 4000,
  tokens: 480_000,
  'input-tokens': 400_000,
  'output-tokens': 80_000,
} as const;

const minuteSec = 60;

/** The headers of every answer; what is left of the limits is a function of the stream alone. */
export function messagesHeaders(
  identity: Pick<StreamIdentity, 'hash' | 'createdSec'>,
): Record<string, string> {
  const { hash, createdSec } = identity;
  const draw = Number.parseInt(hash.slice(0, 4), 36);
  return {
    'request-id': requestId(identity),
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    ...limitHeaders((limit) => limit - 1 - (draw % (limit / 10)), createdSec + minuteSec),
  };
}

export function requestId({ hash }: Pick<StreamIdentity, 'hash'>): string {
  return `req_${hash.slice(0, 24)}`;
}

/** The headers of a 429: nothing is left until the client may ask again. */
export function exhaustedLimits(
  createdSec: number,
  retryAfterSec = minuteSec,
): Record<string, string> {
  return limitHeaders(() => 0, createdSec + retryAfterSec);
}

/** @param resetSec Unix time */
function limitHeaders(
  remainingOf: (limit: number) => number,
  resetSec: number,
): Record<string, string> {
  const reset = new Date(resetSec * 1000).toISOString().replace('.000Z', 'Z');
  return Object.fromEntries(
    Object.entries(limits).flatMap(([name, limit]) => [
      [`anthropic-ratelimit-${name}-limit`, String(limit)],
      [`anthropic-ratelimit-${name}-remaining`, String(remainingOf(limit))],
      [`anthropic-ratelimit-${name}-reset`, reset],
    ]),
  );
}
