import { drawOne, type Draw } from '../../proto/draws.ts';

/** The parts of a language from which prose is composed. Every character is one code unit. */
export interface Prose {
  /** Returns a sentence of at most `longestSentence` characters without its full stop. */
  sentence(draw: Draw): string;
  longestSentence: number;
  stop: string;
  /** Separates two sentences. */
  gap: string;
  /** Precedes a closing phrase. */
  comma: string;
  /** Phrases that can follow a sentence, by length. Every length from shortest to longest has one. */
  phrases: ReadonlyMap<number, readonly [string, ...string[]]>;
}

/** How many candidates for the last sentence are compared. */
const closingTries = 16;

/**
 * Returns prose of exactly `chars` characters that ends with a full stop.
 *
 * It consists of complete sentences; the last one is extended by closing phrases to the exact length.
 */
export function composeProse(prose: Prose, chars: number, draw: Draw): string {
  let text = '';
  let room = chars;
  // Leaves room for a last sentence, which is chosen by its length.
  while (room > 1.5 * prose.longestSentence) {
    const sentence = prose.sentence(draw) + prose.stop + prose.gap;
    text += sentence;
    room -= sentence.length;
  }
  const last = drawLastSentence(prose, room, draw);
  const ending = last + drawClosing(prose, room - last.length, last === '', draw);
  return text + ending.charAt(0).toUpperCase() + ending.slice(1);
}

/** Returns the longest candidate whose remaining room phrases can fill; empty if there is none. */
function drawLastSentence(prose: Prose, room: number, draw: Draw): string {
  const shortestClosing = prose.comma.length + shortestPhrase(prose) + prose.stop.length;
  let best = '';
  for (let tries = 0; tries < closingTries; tries += 1) {
    const first = prose.sentence(draw);
    const pair = first + prose.stop + prose.gap + prose.sentence(draw);
    for (const candidate of [first, pair]) {
      const remaining = room - candidate.length;
      const canClose = remaining === prose.stop.length || remaining >= shortestClosing;
      if (canClose && candidate.length > best.length) best = candidate;
    }
  }
  return best;
}

/** Returns phrases and a full stop of exactly `room` characters; only full stops if no phrase fits. */
function drawClosing(prose: Prose, room: number, startsSentence: boolean, draw: Draw): string {
  let closing = '';
  for (;;) {
    const comma = startsSentence && closing === '' ? '' : prose.comma;
    const remaining = room - closing.length - comma.length - prose.stop.length;
    const exact = prose.phrases.get(remaining);
    if (exact !== undefined) return closing + comma + drawOne(draw, exact) + prose.stop;
    const phrase = drawShorterPhrase(prose, remaining, draw);
    if (phrase === undefined) return closing + prose.stop.repeat(room - closing.length);
    closing += comma + phrase;
  }
}

/** Returns a phrase that leaves room for another one within `room` characters; undefined if there is none. */
function drawShorterPhrase(prose: Prose, room: number, draw: Draw): string | undefined {
  const longest = room - prose.comma.length - shortestPhrase(prose);
  const fitting = [...prose.phrases].flatMap(([length, phrases]) =>
    length <= longest ? [...phrases] : [],
  );
  const [first, ...others] = fitting;
  return first === undefined ? undefined : drawOne(draw, [first, ...others]);
}

function shortestPhrase(prose: Prose): number {
  return Math.min(...prose.phrases.keys());
}
