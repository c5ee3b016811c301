import { join } from 'node:path';

import { renderTerminal } from '../../reports/render/terminal.ts';
import type { Report } from '../../reports/report.ts';
import { wantsColors } from '../console/terminal.ts';

/**
 * Prints a report on standard output, and where its files are.
 * @param folder null where they could not be written
 */
export function showReport(report: Report, folder: string | null): void {
  const { stdout } = process;
  // Nothing where this is no terminal, and 0 where it is one of no size.
  const options = { colors: wantsColors(stdout), columns: stdout.columns || 100 };
  const where = folder === null ? '' : `\nReport: ${join(folder, 'report.html')}\n`;
  stdout.write(`${renderTerminal(report, options)}\n${where}`);
}
