import type { StreamIdentity } from '../dialect.ts';

/** Allowed in a minute. */
const requestsLimit = 10_000;
const tokensLimit = 2_000_000;

const minuteMs = 60_000;

/** The headers of every answer; what is left of the limits is a function of the stream alone. */
export function chatHeaders({ hash }: Pick<StreamIdentity, 'hash'>): Record<string, string> {
  const draw = Number.parseInt(hash.slice(0, 4), 36);
  const usedRequests = 1 + (draw % 100);
  const usedTokens = 100 + (draw % 20_000);
  return {
    'x-request-id': `req_${hash.slice(0, 32).toLowerCase()}`,
    'openai-organization': 'rehearsal',
    'openai-processing-ms': String(20 + (draw % 200)),
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': String(requestsLimit),
    'x-ratelimit-limit-tokens': String(tokensLimit),
    'x-ratelimit-remaining-requests': String(requestsLimit - usedRequests),
    'x-ratelimit-remaining-tokens': String(tokensLimit - usedTokens),
    'x-ratelimit-reset-requests': formatReset((usedRequests * minuteMs) / requestsLimit),
    'x-ratelimit-reset-tokens': formatReset((usedTokens * minuteMs) / tokensLimit),
  };
}

/** The headers of a 429: nothing is left until the client may ask again. */
export function exhaustedLimits(retryAfterSec: number | undefined): Record<string, string> {
  const reset = formatReset(retryAfterSec === undefined ? minuteMs : retryAfterSec * 1000);
  return {
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-requests': reset,
    'x-ratelimit-reset-tokens': reset,
  };
}

/** A duration as the provider writes it: `12ms`, `1s`, `6m0s`. */
function formatReset(ms: number): string {
  const wholeMs = Math.ceil(ms);
  if (wholeMs < 1000) return `${wholeMs}ms`;
  const sec = Math.ceil(wholeMs / 1000);
  return sec < 60 ? `${sec}s` : `${Math.floor(sec / 60)}m${sec % 60}s`;
}
