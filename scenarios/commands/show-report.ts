import { join } from 'node:path';

import { renderTerminal } from '../../reports/render/terminal.ts';
import type { Report } from '../../reports/report.ts';
import { wantsColors } from '../console/terminal.ts';

/**
 * Prints a report and the path of its HTML file on standard output.
 * @param folder the folder of its files; null if they could not be written
 */
export function showReport(report: Report, folder: string | null): void {
  const { stdout } = process;
  // `columns` is undefined without a terminal, and 0 for a terminal without a size.
  const options = { colors: wantsColors(stdout), columns: stdout.columns || 100 };
  const location = folder === null ? '' : `\nReport: ${join(folder, 'report.html')}\n`;
  stdout.write(`${renderTerminal(report, options)}\n${location}`);
}
