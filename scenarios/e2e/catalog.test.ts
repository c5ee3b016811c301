import { readdirSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { planStream } from '../../mock-agent/plan/plan.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import { findScenario, findScenarios } from '../file/find-scenario.ts';

const names = readdirSync(new URL('../catalog/', import.meta.url)).map((file) =>
  file.replace('.yaml', ''),
);

test.each(names)('the scenario %s is valid and documented', async (name) => {
  const scenario = await findScenario(name);
  expect(scenario.name).toBe(name);
  expect(scenario.source).toMatch(
    /^# yaml-language-server: \$schema=\.\.\/scenario\.schema\.json\n/,
  );
  const documentation = readFileSync(new URL('../../docs/scenarios.md', import.meta.url), 'utf8');
  expect(documentation).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, 'm'));
});

test('the benchmark is the specified one (E1): its prompt, its model, 500 characters, 1000 streams', async () => {
  const { behaviour, load, seed } = await findScenario('benchmark');
  expect(load).toMatchObject({
    streams: 1000,
    request: { prompt: '写一段500字的故事', model: 'gpt-4' },
  });
  const request = { scenario: 'benchmark', key: 'k', prompt: load.request.prompt, model: 'gpt-4' };
  expect(countChars(planStream(behaviour, seed, request).text)).toBe(500);
});

test('two files of one name cannot be served together: requests choose by name', async () => {
  await expect(findScenarios(['healthy', 'scenarios/catalog/healthy.yaml'])).rejects.toThrow(
    'the name "healthy" is taken by',
  );
});
