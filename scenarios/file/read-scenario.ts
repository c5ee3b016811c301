import { basename, extname } from 'node:path';

import { isRehearsalError, type Problem } from '../console/rehearsal-error.ts';
import { scenarioError } from './problems.ts';
import { toVisible } from '../../reports/markup.ts';
import { describeIssue } from './describe-issue.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { namedFiles, readFilesBeside } from './files-beside.ts';
import { parseYaml, positionOf, type Finding } from './parse-yaml.ts';
import { readTextFile } from './read-file.ts';
import { scenarioSchema, type Scenario } from './scenario.ts';
import { namedTraffic, readTrafficBeside } from './traffic-beside.ts';

/** In bytes. Larger than any hand-written scenario; long texts have files of their own. */
export const longestFileBytes = 262_144;

/** Names that are valid in a header, a query, a path and a report. */
export const scenarioName = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * Reads a scenario file and the files that it names.
 * @throws RehearsalError (scenario) with every problem and its position; no problem hides another
 */
export async function readScenario(file: string): Promise<Scenario> {
  const source = await readSource(file);
  const name = basename(file, extname(file));
  const problemOf = ({ offset, message }: Finding): Problem => ({
    file,
    ...positionOf(source, offset),
    // Content of the file must not break the line or reach a terminal as a control sequence.
    message: toVisible(message),
  });

  const { content, findings, brokenFrom, offsetOf } = parseYaml(source);
  if (!scenarioName.test(name)) {
    const message = `a scenario is named after its file: ${JSON.stringify(name)} is not lower-case-words-with-hyphens`;
    findings.push({ offset: 0, message });
  }
  const parsed = scenarioSchema.safeParse(content, { error: wordIssue });
  for (const issue of parsed.error?.issues ?? []) {
    for (const { path, message, missing } of describeIssue(issue, content)) {
      const offset = offsetOf(path);
      // After a syntax error the content is unreliable, and a missing key may be in the unread part.
      const isSure = missing ? brokenFrom === Number.POSITIVE_INFINITY : offset < brokenFrom;
      if (isSure) findings.push({ offset, message });
    }
  }
  const problemAt = (path: PropertyKey[], message: string) =>
    problemOf({ offset: offsetOf(path), message: `${path.map(String).join('.')}: ${message}` });
  const traffic = await readTrafficBeside(file, namedTraffic(content), problemAt);
  if (findings.length > 0 || parsed.data === undefined) {
    // The named files are read all the same, so that no problem hides another.
    const named = await readFilesBeside(file, namedFiles(content), problemAt);
    const problems = [...findings.map(problemOf), ...named.problems, ...traffic.problems];
    throw scenarioError(problems.toSorted((a, b) => a.line - b.line || a.column - b.column));
  }
  const beside = await readFilesBeside(file, parsed.data, problemAt);
  const problems = [...beside.problems, ...traffic.problems];
  if (problems.length > 0) throw scenarioError(problems);
  const load = traffic.addTo(beside.content.load);
  const files = [file, ...beside.files, ...traffic.files];
  return { ...beside.content, load, name, file, source, files };
}

async function readSource(file: string): Promise<string> {
  try {
    return await readTextFile(file, longestFileBytes);
  } catch (error) {
    if (!isRehearsalError(error, 'file')) throw error;
    throw scenarioError([{ file, line: 1, column: 1, message: error.message }]);
  }
}
