import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  explainContractError,
  isRehearsalError,
  RehearsalError,
} from '../console/rehearsal-error.ts';
import { parseReport } from '../../reports/parse-report.ts';
import type { Report } from '../../reports/report.ts';
import { readTextFile } from '../file/read-file.ts';

/** Enough for a load of a day: series have an entry per second, and nothing grows with the streams. */
const mostBytes = 64 * 2 ** 20;

/**
 * Reads a stored report.
 * @param path the folder of a run, or a `report.json` under any name
 * @throws RehearsalError (usage) for a report that cannot be read or has another version
 */
export async function readReport(path: string): Promise<{ report: Report; file: string }> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) {
    throw new RehearsalError(
      'usage',
      `${path}: there is no such folder or file; name the folder of a run`,
    );
  }
  const file = stats.isDirectory() ? join(path, 'report.json') : path;
  try {
    return { report: parseReport(await readTextFile(file, mostBytes), file), file };
  } catch (error) {
    if (isRehearsalError(error, 'file'))
      throw new RehearsalError('usage', `${file}: ${error.message}`);
    throw explainContractError(error);
  }
}
