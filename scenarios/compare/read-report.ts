import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import { InvalidReportError, parseReport } from '../../reports/parse-report.ts';
import type { Report } from '../../reports/report.ts';
import { readTextFile } from '../file/read-file.ts';

/** A day's load has a second in each of its series; nothing in a report grows with the streams. */
const mostBytes = 64 * 2 ** 20;

/**
 * Reads a stored report.
 * @param path the folder of a run, or its `report.json` itself, whatever its name
 * @throws RehearsalError (usage) where there is none that can be read, or it is not of this version
 */
export async function readReport(path: string): Promise<{ report: Report; file: string }> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new RehearsalError(
      'usage',
      `${path}: there is no such folder or file; name the folder of a run`,
    );
  }
  const file = found.isDirectory() ? join(path, 'report.json') : path;
  try {
    return { report: parseReport(await readTextFile(file, mostBytes), file), file };
  } catch (error) {
    if (error instanceof InvalidReportError) throw new RehearsalError('usage', error.message);
    if (isRehearsalError(error, 'file'))
      throw new RehearsalError('usage', `${file}: ${error.message}`);
    throw error;
  }
}
