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

/** What is wrong at a place of a text, counted in UTF-16 units from its start. */
export interface Finding {
  offset: number;
  message: string;
}

export interface ParsedYaml {
  /** Plain values; as far as they could be read, where something is wrong with the text. */
  content: unknown;
  findings: Finding[];
  /** From here on the content may be other than what was meant; infinite where all is well. */
  brokenFrom: number;
  /** Where the value at a path stands; of one that is missing, where its parent does. */
  offsetOf(path: readonly PropertyKey[]): number;
}

/** How often aliases may be resolved: enough for reuse, too little to blow a small file up. */
const mostAliases = 100;

/** One slip of syntax can make thousands more behind it. */
const mostFindings = 20;

/** Parses YAML as people write it; never throws, and takes no longer than the text deserves. */
export function parseYaml(source: string): ParsedYaml {
  const bound = outOfBounds(source);
  if (bound !== undefined) return unread([bound]);
  let document: Document;
  try {
    document = parseDocument(source, { prettyErrors: false, stringKeys: true, logLevel: 'error' });
  } catch (error) {
    return unread([{ offset: 0, message: messageOf(error) }]);
  }
  // A tag that is not YAML's own is a warning there; here nothing may be left out in silence.
  const slips = [...document.errors, ...document.warnings];
  // All that follows a quote which nothing closes is in it.
  const unclosed = slips.find(isUnclosedQuote);
  const quoteAt = unclosed && quoteBefore(unclosed.pos[0], document);
  const told =
    quoteAt === undefined
      ? slips
      : slips.filter((slip) => slip === unclosed || slip.pos[0] < quoteAt);
  const findings = told.slice(0, mostFindings).map((slip) => wordSlip(slip, document, source));
  const broken = slips.filter(({ code }) => code !== 'DUPLICATE_KEY');
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

function wordSlip(slip: YAMLError, document: Document, source: string): Finding {
  const { code, pos, message } = slip;
  if (isUnclosedQuote(slip)) {
    return { offset: quoteBefore(pos[0], document), message: 'nothing closes this quote' };
  }
  if (code === 'DUPLICATE_KEY')
    return { offset: pos[0], message: wordDuplicate(pos[0], document, source) };
  const words: Partial<Record<typeof code, string>> = {
    NON_STRING_KEY: 'a key is a word',
    MULTIPLE_DOCS: 'a scenario has one document, and here a second begins',
    TAG_RESOLVE_FAILED:
      'a scenario has no tags of its own: leave out what begins with an exclamation mark',
  };
  const [said = ''] = message.split('\n');
  // What is missing at the end of a file is missing in its last line, not in one behind it.
  const offset = Math.min(pos[0], source.trimEnd().length);
  return { offset, message: words[code] ?? said };
}

/** Where the quoted text begins that goes up to an offset. */
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
  let message = 'this key is there already';
  visit(document, {
    Map(_, { items }) {
      const starts = items.map(({ key }) => (isNode(key) ? key.range?.[0] : undefined));
      const { key } = items[starts.indexOf(offset)] ?? {};
      if (!isNode(key)) return undefined;
      const name: unknown = key.toJSON();
      const first = items.findIndex((item) => isNode(item.key) && item.key.toJSON() === name);
      const { line, column } = positionOf(source, starts[first] ?? 0);
      message = `the key ${JSON.stringify(name)} is there already, at ${line}:${column}`;
      return visit.BREAK;
    },
  });
  return message;
}

/** As editors count: both from 1. */
export function positionOf(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Where the top-level key stands whose value a slip is in: of that whole value nothing is sure. */
function startOfPart({ contents }: Document, slip: number): number {
  if (slip === Number.POSITIVE_INFINITY) return slip;
  const keys = isMap(contents) ? contents.items.map(({ key }) => key) : [];
  const starts = keys.flatMap((key) => (isNode(key) && key.range ? [key.range[0]] : []));
  return Math.max(0, ...starts.filter((start) => start <= slip));
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
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
  const said = error instanceof Error ? error.message : String(error);
  return said.split('\n')[0] ?? said;
}
