import { readGenerated, writeGenerated } from './generated-files.ts';

/**
 * Replaces a generated part of a document: the text between the comment that names its source and
 * `<!-- end -->`.
 * @param document its path from the root
 * @param text the new part, or a function that returns it for the old one
 * @throws Error if the document has no such part
 */
export function writeGeneratedPart(
  document: string,
  source: string,
  text: string | ((before: string) => string),
): void {
  const before = readGenerated(document);
  const start = before.indexOf(` from ${source} -->\n\n`);
  const from = before.indexOf('\n\n', start) + 2;
  const to = before.indexOf('\n\n<!-- end -->', from);
  if (start < 0 || to < 0)
    throw new Error(
      `${document} has no part generated from ${source}: add the comment with its name`,
    );
  const part = typeof text === 'string' ? text : text(before.slice(from, to));
  writeGenerated(document, before.slice(0, from) + part + before.slice(to));
}

/** Returns a table in Markdown; oxfmt aligns its columns. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
