import fc from 'fast-check';
import { expect, test } from 'vitest';

import { canBeCutAnywhere, graphemeEnds } from './graphemes.ts';

/** Returns the ends that a segmenter of the complete text finds; slow for long texts. */
function endsWithoutSlices(text: string): number[] {
  const segments = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text);
  return Array.from(segments, ({ index, segment }) => index + segment.length);
}

const controls = ['a', ' ', '\r', '\n', '\r\n', '\u0000', '\u00ad', '\u200d', '\u200c', '\ufe0f'];
const emoji = ['😀', '👩', '👍🏽', '❤️', '👨‍👩‍👧‍👦', '🏳️‍🌈', '🇩', '🇪', '🇩🇪', '#️⃣', '\u{1f3fb}'];
const accents = ['é', 'e\u0301', '\u0301', '\u0308', 'ß', '\u{1d15e}', '\u{1d165}'];
const hangul = ['ᄀ', 'ᅡ', 'ᆨ', '가', '각'];
const indic = ['ក', '្', 'क', '्', 'क्ष', 'ि', 'ന്', 'ൎ', '\u0600', '\u{110bd}'];
const eastern = ['あ', 'か\u3099', 'ｶﾞ', '漢', '葛\u{e0100}'];

/** Code points for every rule of UAX #29, so that slices end within graphemes. */
const joining = fc.constantFrom(...controls, ...emoji, ...accents, ...hangul, ...indic, ...eastern);

test.each([1, 2, 3, 5])(
  'slices give the same graphemes as a segmenter of the complete text (pieces of up to %i code points)',
  (most) => {
    const piece = fc
      .tuple(fc.array(joining, { minLength: 1, maxLength: most }), fc.integer({ min: 1, max: 300 }))
      .map(([units, times]) => units.join('').repeat(times));
    const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (text) => {
        expect([...graphemeEnds(text)]).toEqual(endsWithoutSlices(text));
      }),
      { numRuns: 40 },
    );
  },
);

test('slices give the same graphemes for any mixture of code points', () => {
  fc.assert(
    fc.property(fc.array(joining, { minLength: 300, maxLength: 3000 }), (units) => {
      const text = units.join('');
      expect([...graphemeEnds(text)]).toEqual(endsWithoutSlices(text));
    }),
    { numRuns: 50 },
  );
});

test('flags are paired correctly after any number of flags', () => {
  for (const prefix of ['', 'a', '\u0600']) {
    const text = prefix + '🇩🇪'.repeat(2000);
    expect([...graphemeEnds(text)]).toEqual(endsWithoutSlices(text));
  }
});

test('a grapheme of a million code points stays one grapheme', () => {
  expect([...graphemeEnds(`a😀${'\u200d'.repeat(1_000_000)}b`)]).toEqual([1, 1_000_003, 1_000_004]);
  expect([...graphemeEnds(`e${'\u0301'.repeat(1_000_000)}`)]).toEqual([1_000_001]);
});

test('characters that can be cut anywhere never combine with each other or with others', () => {
  const chars = Array.from({ length: 0x1_00_00 }, (_, unit) => String.fromCharCode(unit));
  const free = chars.filter((char) => char !== '\n' && canBeCutAnywhere(char));
  expect(free.length).toBeGreaterThan(20_000);
  for (let from = 0; from < free.length; from += 100) {
    const some = free.slice(from, from + 100);
    const text = some.map((char) => `a${char}${char}あ${char}漢`).join('');
    expect(endsWithoutSlices(text)).toEqual(Array.from(text, (_, index) => index + 1));
  }
});
