import { RehearsalError } from '../console/rehearsal-error.ts';
import { formatDuration } from '../../proto/notation/duration-notation.ts';
import { formatSize, parseSize, sizeMistake } from '../../proto/notation/size-notation.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { readAgentAddress } from './agent-address.ts';
import { maskMetadata, parseMetadata } from './agent-metadata-flag.ts';
import { parseFields } from './agent-proto-flags.ts';
import type { OptionFacts } from './option-facts.ts';
import { parseDurationFlag, parseText, parseWholeNumber } from './parse-text.ts';
import { readSocketPath } from './socket-path.ts';

/** Parsers and forms of options whose texts have a notation of their own, by their names. */
type Parser = (text: string, environment: NodeJS.ProcessEnv) => unknown;

const parsers: Readonly<Record<string, Parser>> = {
  agentAddress: readAgentAddress,
  agentMetadata: parseMetadata,
  fields: parseFields,
  socketPath: readSocketPath,
};
const formats: Readonly<Record<string, (value: unknown) => string>> = {
  agentMetadata: maskMetadata,
  agentAddress: (value) => maskAddress(String(value)),
  fields: (value) =>
    Object.entries(Object(value))
      .map((pair) => pair.join('='))
      .join(','),
};

/**
 * Parses the text of an option, as a flag or an environment variable has it.
 * @throws RehearsalError (argument) with what to write instead
 */
export function parseOption(
  facts: OptionFacts,
  text: string,
  environment: NodeJS.ProcessEnv = process.env,
): unknown {
  const { name, kind, minimum, maximum } = facts;
  const parse = parsers[name];
  if (parse !== undefined) return parse(text, environment);
  switch (kind) {
    case 'duration':
      return parseDurationFlag(text, minimum);
    case 'size':
      return parseSizeFlag(text, minimum, maximum);
    case 'number':
      return parseWholeNumber(text, minimum, maximum);
    case 'boolean':
      return parseChoice(text, ['true', 'false']) === 'true';
    case 'choice':
      return parseChoice(text, facts.choices ?? []);
    case 'text':
      return parseText(text);
  }
}

/** Formats a value of the schema as a person writes it. */
export function formatOption(
  { name, kind }: Pick<OptionFacts, 'name' | 'kind'>,
  value: unknown,
): string {
  if (Array.isArray(value)) {
    return value.map((each: unknown) => formatOption({ name, kind }, each)).join(' ');
  }
  const format = formats[name];
  if (format !== undefined) return format(value);
  if (typeof value !== 'number') return String(value);
  if (kind === 'duration') return formatDuration(value);
  return kind === 'size' ? formatSize(value) : String(value);
}

function parseChoice(text: string, choices: readonly string[]): string {
  if (choices.includes(text)) return text;
  throw new RehearsalError('argument', `Allowed choices are ${choices.join(', ')}.`);
}

function parseSizeFlag(text: string, minimum = 0, maximum = Number.MAX_SAFE_INTEGER): number {
  const bytes = Math.round(parseSize(text));
  if (Number.isNaN(bytes)) throw new RehearsalError('argument', `${sizeMistake}.`);
  if (bytes >= minimum && bytes <= maximum) return bytes;
  throw new RehearsalError('argument', `Write ${formatSize(minimum)} to ${formatSize(maximum)}.`);
}
