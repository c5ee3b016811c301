import { drawOne, type Draw } from '../../proto/draws.ts';

/** What a language brings to the composing of prose. All its strings are of one-code-unit characters. */
export interface Prose {
  /** A sentence without its full stop, of at most `longestSentence` characters. */
  sentence(draw: Draw): string;
  longestSentence: number;
  stop: string;
  /** Stands between two sentences. */
  gap: string;
  /** Stands before a closing phrase. */
  comma: string;
  /** Phrases that may follow a sentence, by their length: from the shortest to the longest without a hole. */
  phrases: ReadonlyMap<number, readonly [string, ...string[]]>;
}

/** How many sentences are tried for the one that fills the end of the text best. */
const closingTries = 16;

/**
 * Prose of exactly `chars` characters that ends with a full stop.
 *
 * Whole sentences as long as there is room for any; the last one takes closing phrases until the
 * length is met.
 */
export function composeProse(prose: Prose, chars: number, draw: Draw): string {
  let text = '';
  let room = chars;
  // What is left has to hold at least one more sentence, which is then chosen for its length.
  while (room > 1.5 * prose.longestSentence) {
    const sentence = prose.sentence(draw) + prose.stop + prose.gap;
    text += sentence;
    room -= sentence.length;
  }
  const last = drawLastSentence(prose, room, draw);
  const ending = last + drawClosing(prose, room - last.length, last === '', draw);
  return text + ending.charAt(0).toUpperCase() + ending.slice(1);
}

/** The longest of several sentences that leave a rest which phrases can fill; empty where none does. */
function drawLastSentence(prose: Prose, room: number, draw: Draw): string {
  const shortestRest = prose.comma.length + shortestPhrase(prose) + prose.stop.length;
  let best = '';
  for (let tries = 0; tries < closingTries; tries += 1) {
    const first = prose.sentence(draw);
    const pair = first + prose.stop + prose.gap + prose.sentence(draw);
    for (const candidate of [first, pair]) {
      const rest = room - candidate.length;
      const closes = rest === prose.stop.length || rest >= shortestRest;
      if (closes && candidate.length > best.length) best = candidate;
    }
  }
  return best;
}

/** Phrases and a stop, of exactly `room` characters; where no phrase fits, stops alone. */
function drawClosing(prose: Prose, room: number, startsSentence: boolean, draw: Draw): string {
  let closing = '';
  for (;;) {
    const comma = startsSentence && closing === '' ? '' : prose.comma;
    const left = room - closing.length - comma.length - prose.stop.length;
    const exact = prose.phrases.get(left);
    if (exact !== undefined) return closing + comma + drawOne(draw, exact) + prose.stop;
    const phrase = drawShorterPhrase(prose, left, draw);
    if (phrase === undefined) return closing + prose.stop.repeat(room - closing.length);
    closing += comma + phrase;
  }
}

/** A phrase after which another one still fits into `left` characters; undefined where there is none. */
function drawShorterPhrase(prose: Prose, left: number, draw: Draw): string | undefined {
  const longest = left - prose.comma.length - shortestPhrase(prose);
  const fitting = [...prose.phrases].flatMap(([length, phrases]) =>
    length <= longest ? [...phrases] : [],
  );
  const [first, ...others] = fitting;
  return first === undefined ? undefined : drawOne(draw, [first, ...others]);
}

function shortestPhrase(prose: Prose): number {
  return Math.min(...prose.phrases.keys());
}
