/** Generates the tables of exit codes in `README.md` and `docs/ci.md`: `npm run generate`. */
import { exitCodeMeanings } from '../../scenarios/console/exit-codes.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const source = 'scenarios/console/exit-codes.ts';

writeGeneratedPart(
  'README.md',
  source,
  markdownTable(
    ['exit code', 'means'],
    exitCodeMeanings.map(({ code, means }) => [code, means]),
  ),
);
writeGeneratedPart(
  'docs/ci.md',
  source,
  markdownTable(
    ['exit code', 'means', 'what to do'],
    exitCodeMeanings.map(({ code, means, advice }) => [code, means, advice]),
  ),
);
