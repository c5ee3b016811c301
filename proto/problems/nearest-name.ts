import { closest, distance } from 'fastest-levenshtein';

/**
 * Returns such as `; did you mean "stall"?` where a known name is near enough, whatever its case, else an
 * empty text.
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const mostEdits = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  // No shorter name is near. A word that is longer than all costs no search.
  const candidates = known.filter(
    (name) => name.length > 1 && name.length >= word.length - mostEdits,
  );
  const names = new Map(candidates.map((name) => [name.toLowerCase(), name]));
  if (names.size === 0) return '';
  const lower = word.toLowerCase();
  const near = closest(lower, [...names.keys()]);
  return distance(lower, near) <= mostEdits
    ? `; did you mean ${JSON.stringify(names.get(near))}?`
    : '';
}

/** Quotes what a person wrote, shortened where it would bury the rest of a message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text);
}

const longestQuote = 60;
