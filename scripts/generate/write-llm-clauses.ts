/** Generates the list of clauses in `docs/clauses/llm.md`: `npm run generate`. */
import { isReading } from '../../scenarios/check/clause.ts';
import { llmClauses } from '../../scenarios/check/llm/llm-clauses.ts';
import { dialectNamed } from '../../proto/dialects/index.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const { dialect } = dialectNamed('openai-chat');

writeGeneratedPart(
  'docs/clauses/llm.md',
  'scenarios/check/llm',
  markdownTable(
    ['clause', '', 'what is expected', 'else'],
    llmClauses(dialect, true).map((clause) => [
      clause.id,
      clause.title,
      clause.says,
      isReading(clause) ? '`differs`' : '`broken`',
    ]),
  ),
);
