import { markup } from '../../../reports/markup.ts';
import { countCells, describeCell, type Cell } from '../cell.ts';

/** Renders the cells as JUnit XML: one suite with a test for each case. A known cell passes. */
export function renderCellsJunit(client: string, cells: readonly Cell[]): string {
  const { bad } = countCells(cells);
  const tests = cells.map((cell) => {
    const message = describeCell(cell);
    const failure =
      cell.verdict === 'bad'
        ? markup`      <failure type="rehearsal" message="${message}">${message}</failure>\n`
        : null;
    return markup`    <testcase classname="rehearsal.clients" name="${cell.case}">
${failure}      <system-out>${message}</system-out>
    </testcase>
`;
  });
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="rehearsal" tests="${cells.length}" failures="${bad}" errors="0">
  <testsuite name="${client}" tests="${cells.length}" failures="${bad}" errors="0" skipped="0">
${tests}  </testsuite>
</testsuites>
`.markup;
}
