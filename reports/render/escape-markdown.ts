import { toVisible } from '../markup.ts';

/** The most characters of a quoted text. */
const mostTextChars = 500;

/** Punctuation with a meaning anywhere: code, emphasis, a cell, an escape, a link, a heading, a formula. */
const anywhere = /[`*~|\\[#$]/g;

/** Underscores at the edge of a word, where they can be emphasis. */
const edgeUnderscore = /(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;

/** Starts of tags, character references, mentions, automatic links and emoji. */
const beginnings = [
  /<(?=[A-Za-z/!?])/g,
  /&(?=#?\w+;)/g,
  /@(?=\w)/g,
  /:(?=\/\/)/g,
  /(?<=mailto|xmpp):/gi,
  /(?<=www)\./gi,
  /:(?=[\w+-]*[A-Za-z][\w+-]*:)/g,
  /:(?=(?:100|1234):)/g,
];

/**
 * Returns GitHub-flavoured Markdown that shows a text literally, on one line, cut if it is long.
 *
 * Escapes by character references, which work where a backslash does not: in table cells and before
 * automatic links. GitHub finds mentions and issue numbers after it resolved those, so a zero-width space
 * follows `@` and `#`.
 */
export function escapeMarkdown(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const cut = line.length > mostTextChars ? `${line.slice(0, mostTextChars)}…` : line;
  const visible = toVisible(cut);
  const taken = new Set<number>();
  for (const pattern of [anywhere, edgeUnderscore, ...beginnings]) {
    for (const { index } of visible.matchAll(pattern)) taken.add(index);
  }
  const start = /^\d{0,9}[.)>+=-]/.exec(visible);
  if (start !== null) taken.add(start[0].length - 1);
  return [...Array(visible.length).keys()]
    .map((at) => (taken.has(at) ? reference(visible.charAt(at)) : visible.charAt(at)))
    .join('');
}

/** Returns a code span, with more backticks than the text has in a row. Not for table cells, where a `|` ends it. */
export function codeSpan(text: string): string {
  const line = toVisible(text.replace(/\s+/g, ' ').trim()).slice(0, mostTextChars);
  const longest = (line.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

function reference(character: string): string {
  const parted = character === '@' || character === '#' ? '&#8203;' : '';
  return `&#${character.codePointAt(0)};${parted}`;
}
