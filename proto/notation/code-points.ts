/** Splits a text behind its first `chars` code points. */
export function splitChars(text: string, chars: number): [head: string, tail: string] {
  let units = 0;
  for (let count = 0; count < chars && units < text.length; count += 1) {
    units += (text.codePointAt(units) ?? 0) > 0xff_ff ? 2 : 1;
  }
  return [text.slice(0, units), text.slice(units)];
}

/** Returns the length of a text, or of a span of its code units, in Unicode code points. */
export function countChars(text: string, from = 0, to = text.length): number {
  let chars = 0;
  for (let index = from; index < to; index += 1) {
    const unit = text.charCodeAt(index);
    const isPair = unit >> 10 === 0b11_0110 && text.charCodeAt(index + 1) >> 10 === 0b11_0111;
    if (isPair && index + 1 < to) index += 1;
    chars += 1;
  }
  return chars;
}
