import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Report } from '../../reports/report.ts';
import { readReport } from './read-report.ts';

/**
 * Reads the runs of one side, in the order of their names.
 * @param path a report, the folder of a run, or a folder of such folders
 * @throws RehearsalError (usage) if there is no report, or one that cannot be read
 */
export async function readRuns(path: string): Promise<Report[]> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true || (await isRun(path)))
    return [(await readReport(path)).report];
  const runs: Report[] = [];
  for (const name of (await readdir(path)).toSorted(byNumbers)) {
    const folder = join(path, name);
    if (await isRun(folder)) runs.push((await readReport(folder)).report);
  }
  if (runs.length === 0) {
    throw new RehearsalError(
      'usage',
      `${path}: there is no report.json here or one folder below; name a run or a folder of runs`,
    );
  }
  return runs;
}

async function isRun(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'report.json')).catch(() => undefined))?.isFile() === true;
}

function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
