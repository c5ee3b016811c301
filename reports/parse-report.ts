import { z } from 'zod';

import { ContractError } from '../proto/contract-error.ts';
import { wordIssue } from '../proto/problems/word-issue.ts';
import { toVisible } from './markup.ts';
import { reportSchema, reportVersion, type Report } from './report.ts';

/**
 * Reads a stored `report.json`.
 *
 * @param text the file's content
 * @param file its name in the error
 * @throws ContractError (report) with all problems if it is not JSON, has another version, or violates the schema
 */
export function parseReport(text: string, file: string): Report {
  const value = parseJson(text, file);
  const head = headSchema.safeParse(value);
  if (!head.success || head.data.version === undefined) {
    throw new ContractError('report', `${file}: no report: it has no "version"`);
  }
  // Checked first: a list of unknown keys does not help with a report of another version.
  if (head.data.version !== reportVersion) {
    const version = toVisible(JSON.stringify(head.data.version));
    const release = toVisible(head.data.tool.version);
    throw new ContractError(
      'report',
      `${file}: report version ${version}, but this rehearsal reads version ${reportVersion}${release && `; it was written by rehearsal ${release}, which reads it`}`,
    );
  }
  const report = reportSchema.safeParse(value, { error: wordIssue });
  if (report.success) return report.data;
  const problems = toVisible(z.prettifyError(report.error), '\n');
  throw new ContractError('report', `${file}: no valid report\n${problems}`);
}

/** The keys that reports of every version share. */
const headSchema = z.object({
  version: z.unknown(),
  tool: z.object({ version: z.string().catch('') }).catch({ version: '' }),
});

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContractError('report', `${file}: no report: it is not JSON`, { cause });
  }
}
