import { markup, type Markup, type Piece } from '../../markup.ts';

/** The parts that the report's sections are made of. */

/** A section of the page; its title is its heading and its line in the contents. */
export interface Section {
  title: string;
  content: readonly Piece[];
}

export function section(title: string, ...content: readonly Piece[]): Section {
  return { title, content };
}

export function renderSection({ title, content }: Section): Markup {
  return markup`
<section id="${idOf(title)}">
<h2>${title}</h2>
${content}
</section>`;
}

/** Links to the sections of the page. */
export function contents(sections: readonly Section[]): Markup {
  const links = sections.map(
    ({ title }) => markup`
<li><a href="#${idOf(title)}">${title}</a></li>`,
  );
  return markup`
<nav aria-label="Contents"><ul>${links}
</ul></nav>`;
}

function idOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/-$/, '');
}

/** A note on how to read the section. */
export function note(text: string): Markup {
  return markup`
<p class="note">${text}</p>`;
}

/** A figure under its caption; the aside has what the figure omits. */
export function figure(caption: string, picture: Piece, aside = ''): Markup {
  return markup`
<figure>
<figcaption>${caption}<small>${aside}</small></figcaption>
${picture}
</figure>`;
}

/**
 * Returns a table. A head that starts with `>` makes a column of numbers; the first cell of a row is its
 * name. The table scrolls on narrow pages.
 */
export function table(heads: readonly string[], rows: readonly (readonly Piece[])[]): Markup {
  const kinds = heads.map((head) => (head.startsWith('>') ? 'number' : 'words'));
  // The tab stop lets a keyboard scroll it.
  return markup`
<div class="scroll" tabindex="0">
<table>
<thead><tr>${heads.map((head, index) => headCell(head.replace('>', ''), kinds[index] ?? ''))}</tr></thead>
<tbody>${rows.map((cells) => row(cells, kinds))}</tbody>
</table>
</div>`;
}

function headCell(head: string, kind: string): Markup {
  return markup`<th scope="col" class="${kind}">${head}</th>`;
}

function row([name = null, ...cells]: readonly Piece[], [, ...kinds]: readonly string[]): Markup {
  const rest = cells.map((cell, index) => markup`<td class="${kinds[index] ?? ''}">${cell}</td>`);
  return markup`
<tr><th scope="row">${name}</th>${rest}</tr>`;
}

/** Names with their values, side by side or below each other. */
export function facts(pairs: Record<string, Piece>): Markup {
  const entries = Object.entries(pairs).map(
    ([name, value]) => markup`
<div><dt>${name}</dt><dd>${value}</dd></div>`,
  );
  return markup`
<dl class="facts">${entries}
</dl>`;
}
