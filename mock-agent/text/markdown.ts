import { drawInteger, drawOne, type Draw } from '../../proto/draws.ts';
import type { ChatWords } from './chat-words.ts';
import { composeProse } from './prose.ts';

/** Below this length there is no room for a heading and a sentence: the text is prose. */
const shortestMarkdown = 80;

/** The closing paragraph has at least so many characters. */
const shortestClosing = 40;

/**
 * Returns Markdown of exactly `chars` characters, as chat interfaces render it: headings, lists, a table,
 * fenced code, links and emphasis. Each block is whole, and a paragraph of prose fills the end.
 */
export function composeMarkdown(words: ChatWords, chars: number, draw: Draw): string {
  if (chars < shortestMarkdown) return composeProse(words.prose, chars, draw);
  let text = '';
  for (let index = 0; ; index += 1) {
    const block = `${writeBlock(words, index, draw)}\n\n`;
    if (text.length + block.length + shortestClosing > chars) break;
    text += block;
  }
  return text + composeProse(words.prose, chars - text.length, draw);
}

type Block = (words: ChatWords, draw: Draw) => string;

const blocks: readonly Block[] = [
  ({ headings }, draw) => `## ${drawOne(draw, headings)}`,
  writeParagraph,
  writeList,
  writeCode,
  ({ headings }, draw) => `### ${drawOne(draw, headings)}`,
  writeTable,
  ({ prose }, draw) => `> ${prose.sentence(draw)}${prose.stop}`,
  writeSteps,
];

function writeBlock(words: ChatWords, index: number, draw: Draw): string {
  return blocks[index % blocks.length]?.(words, draw) ?? '';
}

function writeParagraph({ prose, terms, links, see }: ChatWords, draw: Draw): string {
  const [label, url] = drawOne(draw, links);
  const opening = `**${drawOne(draw, terms)}**${prose.comma}${prose.sentence(draw)}${prose.stop}`;
  return `${opening}${prose.gap}${see}[${label}](${url})${prose.stop}`;
}

function writeList({ prose, terms, colon }: ChatWords, draw: Draw): string {
  return lines(draw, () => {
    const phrase = drawOne(draw, prose.phrases.get(drawInteger(draw, 6, 10)) ?? terms);
    return `- **${drawOne(draw, terms)}**${colon}*${phrase}*`;
  });
}

function writeSteps({ prose }: ChatWords, draw: Draw): string {
  return lines(draw, (number) => `${number}. ${prose.sentence(draw)}${prose.stop}`);
}

function writeTable({ columns, terms }: ChatWords, draw: Draw): string {
  const rule = row(columns.map((_, index) => (index === 0 ? '---' : '---:')));
  const rows = lines(draw, () =>
    row([drawOne(draw, terms), drawInteger(draw, 1, 999), `${drawInteger(draw, 1, 99)}%`]),
  );
  return `${row(columns)}\n${rule}\n${rows}`;
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function writeCode({ code }: ChatWords, draw: Draw): string {
  const { language, lines: program } = drawOne(draw, code);
  return `\`\`\`${language}\n${program.join('\n')}\n\`\`\``;
}

/** Returns three or four lines. */
function lines(draw: Draw, line: (number: number) => string): string {
  return Array.from({ length: drawInteger(draw, 3, 4) }, (_, index) => line(index + 1)).join('\n');
}
