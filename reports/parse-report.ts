import { z } from 'zod';

import { reportSchema, reportVersion, type Report } from './report.ts';

/** A text that is no report of this version. Its message names the file and every problem. */
export class InvalidReportError extends Error {
  override readonly name = 'InvalidReportError';
}

/**
 * Reads a stored `report.json`.
 *
 * @param text the file's content
 * @param file what to call it in the error
 * @throws {InvalidReportError} where it is not JSON, of another version, or not of the schema
 */
export function parseReport(text: string, file: string): Report {
  const value = parseJson(text, file);
  const head = z.looseObject({ version: z.unknown() }).safeParse(value);
  if (!head.success || head.data.version === undefined) {
    throw new InvalidReportError(`${file}: no report: it has no "version"`);
  }
  // Asked first: of a report from another time, a list of its unknown keys would help nobody.
  if (head.data.version !== reportVersion) {
    const version = JSON.stringify(head.data.version);
    throw new InvalidReportError(
      `${file}: report version ${version}, but this rehearsal reads version ${reportVersion}`,
    );
  }
  const report = reportSchema.safeParse(value);
  if (report.success) return report.data;
  throw new InvalidReportError(`${file}: no valid report\n${z.prettifyError(report.error)}`);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidReportError(`${file}: no report: it is not JSON`, { cause });
  }
}
