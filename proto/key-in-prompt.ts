/**
 * The key of a stream in its prompt, for a gateway that forwards neither headers nor query fields as metadata
 * but passes the prompt on (A5).
 */

const opening = ' [rehearsal-key ';
const closing = ']';

/** Returns a prompt that ends with the key of its stream. */
export function withKey(prompt: string, key: string): string {
  return `${prompt}${opening}${key}${closing}`;
}

/** Returns the prompt without the key that `withKey` added, and the key; undefined for a prompt without one. */
export function splitKey(text: string): { prompt: string; key: string | undefined } {
  const start = text.lastIndexOf(opening);
  const end = start < 0 ? -1 : text.indexOf(closing, start);
  if (end < 0) return { prompt: text, key: undefined };
  return {
    prompt: text.slice(0, start) + text.slice(end + closing.length),
    key: text.slice(start + opening.length, end),
  };
}
