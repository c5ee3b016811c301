import { LRUCache } from 'lru-cache';

/** How many different requests are counted; beyond that, the least recently repeated one starts anew. */
const mostCounts = 100_000;

/** Returns a function that counts how often it was called with the same text, from 1. */
export function createAskCounter(): (request: string) => number {
  const counts = new LRUCache<string, number>({ max: mostCounts });
  return (request) => {
    const nth = (counts.get(request) ?? 0) + 1;
    counts.set(request, nth);
    return nth;
  };
}
