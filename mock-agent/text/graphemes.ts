/**
 * Text in which every code unit is a grapheme, so that it can be cut anywhere: ASCII, and the letters and
 * marks of common languages that never combine.
 */
const oneUnitGraphemes =
  /^[\n\u0020-\u007E\u00A1-\u00AC\u00AE-\u02FF\u0400-\u0482\u2014\u2018-\u201D\u2026\u3001-\u3029\u3041-\u3096\u30A1-\u30FA\u30FC-\u30FE\u4E00-\u9FFF\uFF01-\uFF5E]*$/;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Code units per slice. V8 needs more than linear time to segment one long text. */
const sliceUnits = 1024;

/** Whether a text can be cut between any two code units without splitting a grapheme. */
export function canBeCutAnywhere(text: string): boolean {
  return oneUnitGraphemes.test(text);
}

/**
 * Yields the end of each grapheme in code units, like a segmenter of the complete text.
 *
 * Each slice begins at a grapheme boundary, and no rule of UAX #29 looks back beyond one. The last grapheme
 * of a slice may be incomplete, so the next slice starts with it again. If one grapheme fills a slice, the
 * size doubles, which keeps the time linear for any text.
 */
export function* graphemeEnds(text: string): Generator<number> {
  let from = 0;
  let sizeUnits = sliceUnits;
  while (from < text.length) {
    const to = endOfPair(text, from + sizeUnits);
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
    sizeUnits = lastStart === from ? sizeUnits * 2 : sliceUnits;
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

/** Returns the index, or the next one if it would split a surrogate pair. */
function endOfPair(text: string, index: number): number {
  if (index >= text.length) return text.length;
  const splitsPair = /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(text.slice(index - 1, index + 1));
  return splitsPair ? index + 1 : index;
}
