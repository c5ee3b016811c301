/**
 * Text in which every code unit is a grapheme of its own, so that it can be cut anywhere: ASCII and the
 * letters and marks of common languages that combine with nothing.
 */
const oneUnitGraphemes =
  /^[\n\u0020-\u007E\u00A1-\u00AC\u00AE-\u02FF\u0400-\u0482\u2014\u2018-\u201D\u2026\u3001-\u3029\u3041-\u3096\u30A1-\u30FA\u30FC-\u30FE\u4E00-\u9FFF\uFF01-\uFF5E]*$/;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** V8 needs more than linear time for one long text: it is segmented in slices of so many code units. */
const sliceUnits = 1024;

/** Whether a text can be cut between any two code units without tearing a grapheme. */
export function canBeCutAnywhere(text: string): boolean {
  return oneUnitGraphemes.test(text);
}

/**
 * Yields the end of each grapheme of a text, in code units, as one segmenter of the whole text finds them.
 *
 * Each slice begins at the end of a grapheme, and no rule of Unicode (UAX #29) looks back beyond one. Its
 * last grapheme may go on behind it, so the next slice begins with that one again. A grapheme that fills
 * a slice is tried with twice as much text, which keeps any text linear.
 */
export function* graphemeEnds(text: string): Generator<number> {
  let from = 0;
  let wantedUnits = sliceUnits;
  while (from < text.length) {
    const to = endOfPair(text, from + wantedUnits);
    let lastStart = from;
    for (const start of graphemeStarts(text.slice(from, to))) {
      if (start === 0) continue;
      lastStart = from + start;
      yield lastStart;
    }
    if (to === text.length) {
      yield to;
      return;
    }
    wantedUnits = lastStart === from ? wantedUnits * 2 : sliceUnits;
    from = lastStart;
  }
}

function* graphemeStarts(slice: string): Generator<number> {
  if (canBeCutAnywhere(slice)) {
    for (let start = 0; start < slice.length; start += 1) yield start;
  } else {
    for (const { index } of segmenter.segment(slice)) yield index;
  }
}

/** The position itself, or the one behind it where it would tear a surrogate pair. */
function endOfPair(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const isTorn = /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(text.slice(at - 1, at + 1));
  return isTorn ? at + 1 : at;
}
