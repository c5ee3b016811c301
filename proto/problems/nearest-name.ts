import { closest, distance } from 'fastest-levenshtein';

/**
 * Returns `; did you mean "stall"?` if a known name is similar, ignoring case; otherwise an empty text.
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const mostEdits = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  // Shorter names cannot be similar. A word longer than all of them needs no search.
  const candidates = known.filter(
    (name) => name.length > 1 && name.length >= word.length - mostEdits,
  );
  const names = new Map(candidates.map((name) => [name.toLowerCase(), name]));
  if (names.size === 0) return '';
  const lower = word.toLowerCase();
  const nearest = closest(lower, [...names.keys()]);
  return distance(lower, nearest) <= mostEdits
    ? `; did you mean ${JSON.stringify(names.get(nearest))}?`
    : '';
}

/** Quotes user input, shortened to `longestQuote` characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text);
}

const longestQuote = 60;
