import { expect, test } from 'vitest';

import { findViolations, readFloors } from './floors.ts';

const floors = readFloors(`
| floor | folder     | holds | may import |
| ----- | ---------- | ----- | ---------- |
| 1     | \`upper/\` | all   | \`lower/\` |
| 0     | \`lower/\` | all   | nothing    |

| folder     | rooms                          | hold |
| ---------- | ------------------------------ | ---- |
| \`upper/\` | \`main.ts\`                    | all  |
| \`upper/\` | \`left/\`, \`right/\`          | all  |
| \`upper/\` | \`*.ts\`                       | all  |

More text | with bars.
`);

const tree = {
  'upper/main.ts': "import { a } from './left/a.ts';\nconst b = await import('./right/b.ts');\n",
  'upper/left/a.ts': "import type { Own } from './own.ts';\nimport { c } from '../c.ts';\n",
  'upper/left/own.ts': 'export const own = 1;\n',
  'upper/right/b.ts': "import { low } from '../../lower/deep/low.ts';\n",
  'upper/c.ts': 'export const c = 1;\n',
  'lower/deep/low.ts': "import { readFile } from 'node:fs';\n",
};

const violationsWith = (changes: Record<string, string>) =>
  findViolations(floors, new Map(Object.entries({ ...tree, ...changes })));

test('imports that stay in their room or point down are allowed', () => {
  expect(violationsWith({})).toEqual([]);
});

test.each<[string, Record<string, string>, string[]]>([
  [
    'between folders',
    { 'lower/deep/low.ts': "import { c } from '../../upper/c.ts';\n" },
    ['lower/deep/low.ts imports upper/c.ts: lower/ may not import upper/ (docs/architecture.md)'],
  ],
  [
    'of a type, up inside a folder',
    { 'upper/c.ts': "import type {\n  B,\n} from './right/b.ts';\n" },
    [
      'upper/c.ts imports upper/right/b.ts: in upper/, *.ts stands below right/ (docs/architecture.md)',
    ],
  ],
  [
    'at run time, to a room beside',
    { 'upper/left/a.ts': "const b = await import('../right/b.ts');\n" },
    [
      'upper/left/a.ts imports upper/right/b.ts: in upper/, left/ stands beside right/ (docs/architecture.md)',
    ],
  ],
  [
    'for its effects alone',
    { 'upper/right/b.ts': "import '../main.ts';\n" },
    [
      'upper/right/b.ts imports upper/main.ts: in upper/, right/ stands below main.ts (docs/architecture.md)',
      'cycle of imports: upper/main.ts → upper/right/b.ts → upper/main.ts',
    ],
  ],
  [
    'of test code',
    { 'upper/main.ts': "import { a } from './testing/a.ts';\n", 'upper/testing/a.ts': '' },
    ['upper/main.ts imports upper/testing/a.ts: only tests may import test code'],
  ],
])('an import %s is named with its file and the rule', (_, changes, violations) => {
  expect(violationsWith(changes)).toEqual(violations);
});

test('a test may import any room of its folder, but no folder above', () => {
  const imports = "import { b } from '../right/b.ts';\n";
  expect(violationsWith({ 'upper/left/a.test.ts': imports })).toEqual([]);
  expect(violationsWith({ 'lower/low.test.ts': "import { c } from '../upper/c.ts';\n" })).toEqual([
    'lower/low.test.ts imports upper/c.ts: lower/ may not import upper/ (docs/architecture.md)',
  ]);
});

test('a cycle inside a room is named from end to end', () => {
  const own = "import type { A } from './a.ts';\n";
  expect(violationsWith({ 'upper/left/own.ts': own })).toEqual([
    'cycle of imports: upper/left/a.ts → upper/left/own.ts → upper/left/a.ts',
  ]);
});

test('a file without a room, a room without a file and a folder in no table are named', () => {
  const changes = { 'upper/new/d.ts': '', 'other/e.ts': '' };
  expect(violationsWith(changes)).toEqual([
    'upper/new/d.ts: upper/ has no room for it (docs/architecture.md)',
    'other/e.ts: other/ is in no table (docs/architecture.md)',
  ]);
  const { 'upper/main.ts': _, ...rest } = tree;
  expect(findViolations(floors, new Map(Object.entries(rest)))).toEqual([
    'upper/main.ts: is in the table, but not in the tree (docs/architecture.md)',
  ]);
});

test('a document without the tables is an error', () => {
  expect(() => readFloors('# Architecture\n')).toThrow('has no table of floor and folder');
});
