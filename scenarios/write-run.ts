import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { renderHtml } from '../reports/render-html.ts';
import { renderMarkdown } from '../reports/render-markdown.ts';
import { renderStreams } from '../reports/render-streams.ts';
import type { RunResult } from './run.ts';
import { UsageError } from './usage-error.ts';

/** Where a run is written that nobody gave a folder: no run overwrites another. */
export function defaultFolder({ report }: RunResult): string {
  const stamp = report.startedAt.slice(0, 19).replaceAll(':', '-');
  return join('reports', 'out', report.scenario.name, stamp);
}

/**
 * Writes the files of a run into a folder, which it makes.
 * @throws UsageError where the folder cannot be written to.
 */
export async function writeRun(folder: string, run: RunResult): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await Promise.all([
      writeFile(join(folder, 'report.json'), `${JSON.stringify(run.report, null, 2)}\n`),
      writeFile(join(folder, 'report.md'), renderMarkdown(run.report)),
      writeFile(join(folder, 'report.html'), renderHtml(run.report)),
      pipeline(
        Readable.from(renderStreams(run.samples)),
        createWriteStream(join(folder, 'streams.jsonl')),
      ),
    ]);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--out: the run cannot be written to ${folder}: ${said}`);
  }
}
