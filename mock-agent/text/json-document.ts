import { drawInteger, drawOne, type Draw } from '../../proto/draws.ts';
import type { ChatWords } from './chat-words.ts';
import { composeProse } from './prose.ts';

/** Below this length there is no room for an object with a list: the document is one string. */
const shortestObject = 160;

/** The summary has at least so many characters. */
const shortestSummary = 30;

const start = '{\n  "items": [';
const middle = '\n  ],\n  "summary": "';
const end = '"\n}';

/**
 * Returns a JSON document of exactly `chars` characters: an object with a list and a summary, a string
 * where that has no room, a digit or an empty list where not even a string has text.
 */
export function composeJson(words: ChatWords, chars: number, draw: Draw): string {
  if (chars === 1) return String(drawInteger(draw, 0, 9));
  if (chars === 2) return '[]';
  if (chars < shortestObject) return `"${composeProse(words.prose, chars - 2, draw)}"`;
  let items = '';
  let units = start.length + middle.length + end.length;
  for (let id = 1; ; id += 1) {
    const item = `${id === 1 ? '' : ','}\n    ${writeItem(words, id, draw)}`;
    if (units + item.length + shortestSummary > chars) break;
    items += item;
    units += item.length;
  }
  return `${start}${items}${middle}${composeProse(words.prose, chars - units, draw)}${end}`;
}

function writeItem({ terms }: ChatWords, id: number, draw: Draw): string {
  const [name, score] = [drawOne(draw, terms), drawInteger(draw, 0, 1000) / 1000];
  const isActive = draw() < 0.5;
  return `{ "id": ${id}, "name": "${name}", "score": ${score}, "active": ${isActive} }`;
}
