/** Generates the tables of `client/README.md` from the doc comments of its sources: `npm run generate`. */
import { readFileSync } from 'node:fs';

import { defaults } from '../../client/options.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const readSource = (path: string) =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** A doc comment, and the code from there to the next comment. */
const documented = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*((?:(?!\/\*\*)[^])*)/g;

interface Documented {
  /** The text of the comment, on one line. */
  comment: string;
  code: string;
}

/** Returns the documented members of the declaration that starts with `opening`. */
function partsOf(source: string, opening: string, closing: string): Documented[] {
  const start = source.indexOf(opening) + opening.length;
  const declaration = source.slice(start, source.indexOf(closing, start) + 1);
  return [...declaration.matchAll(documented)].map(([, comment = '', code = '']) => ({
    comment: comment.replaceAll(/\s*\n\s*\* ?/g, ' ').trim(),
    code,
  }));
}

/** @throws Error if the default in a comment differs from the code's */
function optionRow({ comment, code }: Documented): string[] {
  const [name = ''] = /^\w+/.exec(code) ?? [];
  const [meaning = '', documentedDefault] = comment.split(/ ?@defaultValue /);
  const value = new Map<string, number>(Object.entries(defaults)).get(name);
  if (documentedDefault !== value?.toString()) {
    throw new Error(`client/options.ts: the comment of ${name} must say @defaultValue ${value}`);
  }
  const isRequired = code.startsWith(`${name}:`);
  return [`\`${name}\``, isRequired ? 'required' : (documentedDefault ?? ''), meaning];
}

const options = partsOf(readSource('client/options.ts'), 'interface GenerateOptions {', '\n}');
writeGeneratedPart(
  'client/README.md',
  'client/options.ts',
  markdownTable(['option', 'default', 'meaning'], options.map(optionRow)),
);

const kinds = partsOf(readSource('client/generate-error.ts'), 'type GenerateErrorKind =', ';\n');
writeGeneratedPart(
  'client/README.md',
  'client/generate-error.ts, its kinds',
  markdownTable(
    ['`kind`', 'meaning'],
    kinds.map(({ comment, code }) => [`\`${/[\w-]+/.exec(code)?.[0]}\``, comment]),
  ),
);

const details = partsOf(
  readSource('client/generate-error.ts'),
  'interface GenerateErrorDetails {',
  '\n}',
);
writeGeneratedPart(
  'client/README.md',
  'client/generate-error.ts, its fields',
  markdownTable(
    ['field', 'meaning'],
    details.map(({ comment, code }) => [`\`${/^\w+/.exec(code)?.[0]}\``, comment]),
  ),
);
