import { LRUCache } from 'lru-cache';

/** The most different requests; beyond that, the least recently used count is dropped. */
const mostCounts = 100_000;

/** Returns a function that counts its calls with the same text, from 1. */
export function createRequestCounter(): (request: string) => number {
  const counts = new LRUCache<string, number>({ max: mostCounts });
  return (request) => {
    const nth = (counts.get(request) ?? 0) + 1;
    counts.set(request, nth);
    return nth;
  };
}
