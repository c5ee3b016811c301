/** Returns the number of code points of a text, in which positions of the interface are counted. */
export function countChars(text: string): number {
  let chars = 0;
  for (const _ of text) chars += 1;
  return chars;
}
