import { z } from 'zod';

import { wordIssue } from '../proto/problems/word-issue.ts';
import { toVisible } from './markup.ts';
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
  const head = headSchema.safeParse(value);
  if (!head.success || head.data.version === undefined) {
    throw new InvalidReportError(`${file}: no report: it has no "version"`);
  }
  // Asked first: of a report from another time, a list of its unknown keys would help nobody.
  if (head.data.version !== reportVersion) {
    const version = toVisible(JSON.stringify(head.data.version));
    const release = toVisible(head.data.tool.version);
    throw new InvalidReportError(
      `${file}: report version ${version}, but this rehearsal reads version ${reportVersion}${release && `; it was written by rehearsal ${release}, which reads it`}`,
    );
  }
  const report = reportSchema.safeParse(value, { error: wordIssue });
  if (report.success) return report.data;
  const problems = toVisible(z.prettifyError(report.error), '\n');
  throw new InvalidReportError(`${file}: no valid report\n${problems}`);
}

/** What reports of every version have, as far as they have it. */
const headSchema = z.object({
  version: z.unknown(),
  tool: z.object({ version: z.string().catch('') }).catch({ version: '' }),
});

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidReportError(`${file}: no report: it is not JSON`, { cause });
  }
}
