import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { InvalidReportError, parseReport } from '../../reports/parse-report.ts';
import type { Report } from '../../reports/report.ts';
import { FileError, readTextFile } from '../file/read-file.ts';
import { UsageError } from '../console/usage-error.ts';

/** A day's load has a second in each of its series; nothing in a report grows with the streams. */
const mostBytes = 64 * 2 ** 20;

/**
 * Reads a stored report.
 * @param path the folder of a run, or its `report.json` itself, whatever its name
 * @throws UsageError where there is none that can be read, or it is not of this version
 */
export async function readReport(path: string): Promise<{ report: Report; file: string }> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new UsageError(`${path}: there is no such folder or file; name the folder of a run`);
  }
  const file = found.isDirectory() ? join(path, 'report.json') : path;
  try {
    return { report: parseReport(await readTextFile(file, mostBytes), file), file };
  } catch (error) {
    if (error instanceof InvalidReportError) throw new UsageError(error.message);
    if (error instanceof FileError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}
