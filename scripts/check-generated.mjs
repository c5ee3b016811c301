// Fails if a generated file is out of date.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const generated = [
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...readdirSync('docs/clauses').map((name) => join('docs/clauses', name)),
  ...readdirSync('proto/gen', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
  'README.md',
  'client/README.md',
  'docs/clients.json',
  'reports/report.schema.json',
  'scenarios/check/check.schema.json',
  'scenarios/flags/option-facts.ts',
  'scenarios/scenario.schema.json',
];
const before = new Map(generated.map((file) => [file, readFileSync(file, 'utf8')]));

execFileSync('npm', ['run', '--silent', 'generate'], { stdio: ['ignore', 'ignore', 'inherit'] });

const stale = generated.filter((file) => readFileSync(file, 'utf8') !== before.get(file));
if (stale.length > 0) {
  process.stderr.write(
    `out of date, generated again: ${stale.join(', ')}\nReview the change, then commit it.\n`,
  );
  process.exit(1);
}
