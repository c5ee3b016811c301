import { createWriteStream } from 'node:fs';
import { access, constants, mkdir, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { renderHtml } from '../reports/render-html.ts';
import { renderMarkdown } from '../reports/render-markdown.ts';
import { renderStreams } from '../reports/render-streams.ts';
import type { RunResult } from './run.ts';
import { UsageError } from './usage-error.ts';

/** Where a run is written that nobody gave a folder: no run overwrites another. */
export function defaultFolder(scenario: string, startedAt: Date): string {
  const stamp = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
  return join('reports', 'out', scenario, stamp);
}

/**
 * Makes the folder of a run. To be called before the run: what it measured should not be lost to a
 * folder that cannot be written.
 * @returns takes back what was made and is still empty, for a run that came to nothing.
 * @throws UsageError where it cannot be made or written to.
 */
export async function prepareFolder(folder: string): Promise<() => Promise<void>> {
  const made: string[] = [];
  try {
    await makeFolder(folder, made);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(folder, error);
  }
  return async () => {
    for (const each of made.toReversed()) await rmdir(each).catch(() => {});
  };
}

/** Writes the files of a run into its folder. */
export async function writeRun(folder: string, run: RunResult): Promise<void> {
  try {
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
    throw unwritable(folder, error);
  }
}

/** Step by step: Node's own recursive mkdir never returns where the system refuses a folder with ENOENT. */
async function makeFolder(folder: string, made: string[]): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder), made);
  await mkdir(folder);
  made.push(folder);
}

function unwritable(folder: string, error: unknown): UsageError {
  const said = error instanceof Error ? error.message : String(error);
  return new UsageError(`--out: nothing can be written to ${folder}: ${said}`);
}
