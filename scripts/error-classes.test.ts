import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { repositoryFiles } from './repository-files.ts';

const testFile = /\.test\.ts$|\/testing\/|^scenarios\/e2e\//;

test('each folder has at most the one error class that docs/architecture.md names', () => {
  const classes = repositoryFiles('*.ts')
    .filter((file) => !testFile.test(file))
    .flatMap((file) => {
      const matches = readFileSync(file, 'utf8').matchAll(
        /class (\w+) extends (?:\w*\.)?\w*Error\b/g,
      );
      return Array.from(matches, ([, name = '']) => `${file.split('/')[0]}: ${name}`);
    });
  expect(classes.toSorted()).toEqual([
    'client: GenerateError',
    'gateway: GatewayError',
    'mock-agent: AgentError',
    'proto: ContractError',
    'scenarios: RehearsalError',
  ]);
});
