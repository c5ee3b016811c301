import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';

import { isMap, isNode, isPair, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';

import { readFilesBeside } from './files-beside.ts';
import { ScenarioError, type Problem } from './problems.ts';
import { scenarioSchema, type Scenario } from './scenario.ts';

/** More than any scenario a person would write. */
const longestFileBytes = 1_048_576;

/** How often aliases may be resolved: enough for reuse, too little to blow a small file up. */
const mostAliases = 100;

/** One slip of syntax can make thousands more behind it. */
const mostSyntaxProblems = 20;

/** A name that can stand in a header, a query, a path and a report. */
const scenarioName = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * Reads a scenario file.
 * @throws ScenarioError with every problem of the file and its place.
 */
export async function readScenario(file: string): Promise<Scenario> {
  const source = await readSource(file);
  const name = basename(file, extname(file));
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, message };
  };

  const problems = document.errors
    .slice(0, mostSyntaxProblems)
    .map((error) => at(error.pos[0], error.message));
  if (!scenarioName.test(name)) {
    problems.push(
      at(0, `a scenario is named after its file: "${name}" is not lower-case-words-with-hyphens`),
    );
  }
  if (document.errors.length > 0) throw new ScenarioError(problems);

  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    throw new ScenarioError([...problems, at(0, messageOf(error))]);
  }
  const parsed = scenarioSchema.safeParse(content);
  for (const issue of parsed.error?.issues ?? []) {
    for (const { path, message } of describeIssue(issue)) {
      problems.push(at(offsetOf(document, path), message));
    }
  }
  if (problems.length > 0 || parsed.data === undefined) {
    throw new ScenarioError(problems.toSorted((a, b) => a.line - b.line || a.column - b.column));
  }
  const beside = await readFilesBeside(file, parsed.data, (path, message) =>
    at(offsetOf(document, path), `${path.map(String).join('.')}: ${message}`),
  );
  if (beside.problems.length > 0) throw new ScenarioError(beside.problems);
  return { ...beside.content, name, file, source, files: [file, ...beside.files] };
}

async function readSource(file: string): Promise<string> {
  const unreadable = (message: string) =>
    new ScenarioError([{ file, line: 1, column: 1, message }]);
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw unreadable('there is no such file');
    if (code === 'EISDIR') throw unreadable('this is a folder, not a scenario file');
    throw unreadable(`the file cannot be read: ${messageOf(error)}`);
  }
  if (bytes.length > longestFileBytes) {
    throw unreadable(`a scenario file has at most ${longestFileBytes} bytes, not ${bytes.length}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable('the file is not UTF-8');
  }
}

interface PlacedMessage {
  path: PropertyKey[];
  message: string;
}

/** One message for each thing that is wrong: an unknown key is one, and so is a part of a choice. */
function describeIssue(issue: z.core.$ZodIssue, above: PropertyKey[] = []): PlacedMessage[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: `unknown key "${key}"` }));
  }
  if (issue.code === 'invalid_union') {
    // The branch that was meant is the one which is wrong only further inside.
    const meant = issue.errors.find((issues) => issues.every((inner) => inner.path.length > 0));
    if (meant !== undefined) return meant.flatMap((inner) => describeIssue(inner, path));
  }
  if (path.length === 0) {
    return [
      { path, message: 'a scenario is a map: version, description, behaviour, load, targets' },
    ];
  }
  // No input at a path that the schema asks for: zod would say what it expected instead of nothing.
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [
    { path, message: `${path.map(String).join('.')}: ${missing ? 'is required' : issue.message}` },
  ];
}

/** Where the value at a path stands in the file; of one that is missing, where its parent does. */
function offsetOf(document: Document, path: PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1), true) ?? document.contents;
    const key = path[length - 1];
    if (isMap(parent)) {
      // The key rather than the value: an empty value has no place that a person could see.
      const pair = parent.items.find(
        (item) => isPair(item) && isNode(item.key) && item.key.toJSON() === key,
      );
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
