import { toVisible } from '../../../reports/markup.ts';
import { plural } from '../../../reports/quantity.ts';
import { countCells, describeCell, type Cell } from '../cell.ts';

/** Renders the cells for a terminal: those that are not good, then the counts. */
export function renderCells(cells: readonly Cell[]): string {
  const notGood = cells.filter(({ verdict }) => verdict !== 'good');
  const width = Math.max(0, ...notGood.map((cell) => cell.case.length));
  const lines = notGood.map((cell) => {
    const mark = cell.verdict === 'known' ? 'known' : 'bad  ';
    return `${mark}  ${cell.case.padEnd(width)}  ${toVisible(describeCell(cell))}`;
  });
  return [...lines, summariseCells(cells), ''].join('\n');
}

/** Such as `55 of 58 cases good, 2 known, 1 bad`. */
function summariseCells(cells: readonly Cell[]): string {
  const { good, known, bad } = countCells(cells);
  const others = [known > 0 ? `${known} known` : '', bad > 0 ? `${bad} bad` : ''];
  return [`${good} of ${plural(cells.length, 'case')} good`, ...others.filter(Boolean)].join(', ');
}
