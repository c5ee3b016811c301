import type { Comparison } from '../../reports/compare/comparison.ts';
import { renderComparisonMarkdown } from '../../reports/render/comparison-markdown.ts';
import { renderComparisonTerminal } from '../../reports/render/comparison-terminal.ts';
import { wantsColors } from '../console/terminal.ts';
import { writeFiles } from '../run/write-run.ts';

/** Prints a comparison on standard output, as a table or as JSON. */
export function showComparison(comparison: Comparison, { json }: { json: boolean }): void {
  const text = json
    ? JSON.stringify(comparison, null, 2)
    : renderComparisonTerminal(comparison, { colors: wantsColors(process.stdout) });
  process.stdout.write(`${text}\n`);
}

/** Writes `comparison.json` and `comparison.md` into an existing folder. Throws as `writeRun`. */
export async function writeComparison(folder: string, comparison: Comparison): Promise<void> {
  await writeFiles(folder, {
    'comparison.json': [`${JSON.stringify(comparison, null, 2)}\n`],
    'comparison.md': [renderComparisonMarkdown(comparison)],
  });
}
