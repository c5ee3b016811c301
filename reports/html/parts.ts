import { markup, type Markup, type Piece } from '../markup.ts';

/** The parts that the report's sections are made of. */

/** A section of the page under its heading. */
export function section(title: string, ...pieces: readonly Piece[]): Markup {
  return markup`
<section>
<h2>${title}</h2>
${pieces}
</section>`;
}

/** A quiet sentence that says how to read what follows. */
export function note(text: string): Markup {
  return markup`
<p class="note">${text}</p>`;
}

/** A picture under its caption; the aside is for what the picture leaves out. */
export function figure(caption: string, picture: Piece, aside = ''): Markup {
  return markup`
<figure>
<figcaption>${caption}<small>${aside}</small></figcaption>
${picture}
</figure>`;
}

/**
 * A table. A head that begins with `>` makes a column of numbers; the first cell of a row is its name.
 * It scrolls by itself where the page is too narrow for it.
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
