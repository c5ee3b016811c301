import { join } from 'node:path';

import { renderTerminal } from '../reports/render-terminal.ts';
import type { Report } from '../reports/report.ts';
import { wantsColors } from './terminal.ts';

/** Prints a report on standard output, and where its files are. */
export function showReport(report: Report, folder: string): void {
  const { stdout } = process;
  // Nothing where this is no terminal, and 0 where it is one of no size.
  const options = { colors: wantsColors(stdout), columns: stdout.columns || 100 };
  stdout.write(`${renderTerminal(report, options)}\n\nReport: ${join(folder, 'report.html')}\n`);
}
