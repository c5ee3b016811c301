import type { Figure } from './figures.ts';
import { showText } from './show-text.ts';

/** Shows figures in rows that stay. */
export function showFigures(list: Element, figures: readonly Figure[]): void {
  for (const [index, { name, value, isMissed }] of figures.entries()) {
    const row = list.children[index] ?? addRow(list);
    const [term, detail] = row.children;
    if (term === undefined || detail === undefined) continue;
    showText(term, name);
    showText(detail, value);
    detail.classList.toggle('bad', isMissed);
  }
}

function addRow(list: Element): Element {
  const row = document.createElement('div');
  row.append(document.createElement('dt'), document.createElement('dd'));
  list.append(row);
  return row;
}
