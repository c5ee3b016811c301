import { toVisible } from '../markup.ts';

/** Of a single text that others wrote. */
const mostTextChars = 500;

/** Punctuation that begins something wherever it stands: code, emphasis, a cell, an escape, a link, a heading, a formula. */
const anywhere = /[`*~|\\[#$]/g;

/** An underscore inside a word is a letter, at its edge it may be emphasis. */
const edgeUnderscore = /(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;

/** What would begin a tag, a character reference, a mention, a link of its own accord or an emoji. */
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
 * Text as GitHub-flavoured Markdown that shows it to the letter, on one line, cut where it is long.
 *
 * Escapes what Markdown would take and nothing else. Character references, because they hold where
 * a backslash does not: in table cells and before automatic links. GitHub finds mentions and issue
 * numbers after it has resolved those, so `@` and `#` are parted from what follows by a space
 * without width.
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

/** Text as a code span, in more backticks than it has in a row: not for table cells, where a `|` ends it. */
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
