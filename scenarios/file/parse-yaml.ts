import {
  isAlias,
  isMap,
  isNode,
  isPair,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
} from 'yaml';

import { outOfBounds } from './yaml-bounds.ts';

/** A mistake in a text. */
export interface Finding {
  /** In UTF-16 units from the start. */
  offset: number;
  message: string;
}

export interface ParsedYaml {
  /** Plain values; only those that could be read if the text has mistakes. */
  content: unknown;
  findings: Finding[];
  /** The offset from which the content is unreliable; infinite without mistakes. */
  brokenFrom: number;
  /** Returns the offset of the value at a path, or of its parent if the value is missing. */
  offsetOf(path: readonly PropertyKey[]): number;
}

/** The maximum of resolved aliases: enough for reuse, too few for an alias bomb. */
export const mostAliases = 100;

/** One syntax error can cause thousands after it. */
const mostFindings = 20;

/** Parses YAML; never throws, and takes bounded time. */
export function parseYaml(source: string): ParsedYaml {
  const bound = outOfBounds(source);
  if (bound !== undefined) return unread([bound]);
  let document: Document;
  try {
    document = parseDocument(source, { prettyErrors: false, stringKeys: true, logLevel: 'error' });
  } catch (error) {
    return unread([{ offset: 0, message: messageOf(error) }]);
  }
  // The parser only warns about unknown tags; here they are mistakes.
  const errors = [...document.errors, ...document.warnings];
  // Everything after an unclosed quote belongs to it.
  const unclosed = errors.find(isUnclosedQuote);
  const quoteStart = unclosed && quoteBefore(unclosed.pos[0], document);
  const reported =
    quoteStart === undefined
      ? errors
      : errors.filter((error) => error === unclosed || error.pos[0] < quoteStart);
  const findings = reported
    .slice(0, mostFindings)
    .map((error) => wordError(error, document, source));
  const broken = errors.filter(({ code }) => code !== 'DUPLICATE_KEY');
  const brokenFrom = startOfPart(document, Math.min(...broken.map(({ pos }) => pos[0])));
  try {
    const content: unknown = document.toJS({ maxAliasCount: mostAliases });
    return { content, findings, brokenFrom, offsetOf: (path) => offsetOf(document, path) };
  } catch (error) {
    return unread([...findings, { offset: firstAlias(document), message: messageOf(error) }]);
  }
}

function unread(findings: Finding[]): ParsedYaml {
  return { content: undefined, findings, brokenFrom: 0, offsetOf: () => 0 };
}

function isUnclosedQuote({ message }: YAMLError): boolean {
  return /^Missing closing ['"]quote/.test(message);
}

function wordError(error: YAMLError, document: Document, source: string): Finding {
  const { code, pos, message } = error;
  if (isUnclosedQuote(error)) {
    return { offset: quoteBefore(pos[0], document), message: 'this quote is not closed' };
  }
  if (code === 'DUPLICATE_KEY')
    return { offset: pos[0], message: wordDuplicate(pos[0], document, source) };
  const words: Partial<Record<typeof code, string>> = {
    NON_STRING_KEY: 'a key must be a text',
    MULTIPLE_DOCS: 'a second document starts here; a scenario file has one',
    TAG_RESOLVE_FAILED: 'tags are not supported: remove the word with the exclamation mark',
  };
  const [firstLine = ''] = message.split('\n');
  // An error at the end of the file is placed in the last line with content.
  const offset = Math.min(pos[0], source.trimEnd().length);
  return { offset, message: words[code] ?? firstLine };
}

/** Returns the start of the quoted text that ends at an offset. */
function quoteBefore(end: number, document: Document): number {
  let start = end;
  visit(document, {
    Scalar(_, { type, range }) {
      const isQuoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
      if (isQuoted && range && range[0] < end && end <= range[2]) [start] = range;
    },
  });
  return start;
}

function wordDuplicate(offset: number, document: Document, source: string): string {
  let message = 'duplicate key';
  visit(document, {
    Map(_, { items }) {
      const starts = items.map(({ key }) => (isNode(key) ? key.range?.[0] : undefined));
      const { key } = items[starts.indexOf(offset)] ?? {};
      if (!isNode(key)) return undefined;
      const name: unknown = key.toJSON();
      const first = items.findIndex((item) => isNode(item.key) && item.key.toJSON() === name);
      const { line, column } = positionOf(source, starts[first] ?? 0);
      message = `duplicate key ${JSON.stringify(name)}, first at ${line}:${column}`;
      return visit.BREAK;
    },
  });
  return message;
}

/** Returns line and column as editors count them, from 1. */
export function positionOf(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Returns the offset of the top-level key that contains a syntax error: its whole value is unreliable. */
function startOfPart({ contents }: Document, errorOffset: number): number {
  if (errorOffset === Number.POSITIVE_INFINITY) return errorOffset;
  const keys = isMap(contents) ? contents.items.map(({ key }) => key) : [];
  const starts = keys.flatMap((key) => (isNode(key) && key.range ? [key.range[0]] : []));
  return Math.max(0, ...starts.filter((start) => start <= errorOffset));
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1), true) ?? document.contents;
    const key = path[length - 1];
    if (isMap(parent)) {
      // The key, because an empty value has no visible position.
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

function firstAlias(document: Document): number {
  let offset = 0;
  visit(document, (_, node) => {
    if (!isAlias(node)) return undefined;
    offset = node.range?.[0] ?? 0;
    return visit.BREAK;
  });
  return offset;
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0] ?? message;
}
