/** Generates the tables of `docs/options.md`: `npm run generate`. */
import { optionFacts, type OptionFacts } from '../../scenarios/flags/option-facts.ts';
import { formatOption } from '../../scenarios/flags/option-values.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const code = (text: string) => `\`${text}\``;

/** Returns the flags of an option without their values. */
const flagsOf = ({ flag }: OptionFacts) =>
  flag.replace(/ <.*/, '').split(', ').map(code).join(', ');

/** Returns the default in the notation of users; empty for none. */
const defaultOf = (facts: OptionFacts) =>
  facts.default === undefined ? '' : code(formatOption(facts, facts.default));

function writeTable(source: string, facts: readonly OptionFacts[]): void {
  const rows = facts.map((each) => [
    flagsOf(each),
    code(each.variable),
    each.notInLibrary || each.gateway === undefined || each.agent !== undefined
      ? ''
      : code(each.name),
    unitOf(each),
    defaultOf(each),
    each.clause ?? '',
    each.help + (each.notInServe ? ` (not in \`serve\`)` : ''),
  ]);
  writeGeneratedPart(
    'docs/options.md',
    source,
    markdownTable(['flag', 'variable', 'library', 'value', 'default', 'clause', 'sets'], rows),
  );
}

/** Returns the kind of value: the choices, or the placeholder of the help. */
function unitOf({ flag, choices, kind }: OptionFacts): string {
  if (choices !== undefined) return choices.map(code).join(', ');
  return kind === 'boolean'
    ? '`true`, `false`'
    : (/<(.*)>/.exec(flag)?.[1] ?? '').replace('...', ' …');
}

writeTable(
  'gateway/options.ts',
  optionFacts.filter(({ gateway }) => gateway !== undefined),
);
writeTable(
  'scenarios/processes/start-message.ts',
  optionFacts.filter(({ agent }) => agent !== undefined),
);
