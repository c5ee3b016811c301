import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { planSha256, planStream } from '../../mock-agent/plan/plan.ts';
import { planOf } from '../expect/plan-request.ts';
import { findScenario, findScenarios } from '../file/find-scenario.ts';

test('the plans of the catalogue are unchanged: a hundred streams of each scenario', async () => {
  const names = readdirSync(new URL('../catalog/', import.meta.url))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
  const lines = (await findScenarios(names)).map(({ name, behaviour, seed, load }) => {
    const { prompt, model } = load.request;
    const hash = createHash('sha256');
    for (let index = 0; index < 100; index += 1) {
      const request = { scenario: name, key: `k-${index}`, prompt, model };
      hash.update(planSha256(planStream(behaviour, seed, request)));
    }
    return `${name} ${hash.digest('hex')}\n`;
  });
  // Equal on every version of Node that is supported: `make test-nodes`.
  await expect(lines.join('')).toMatchFileSnapshot('catalog.plans.txt');
});

test('the stream at the beginning of README is the real one', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const deltas = [...readme.matchAll(/^data: \{"delta":"(.*)","isFinal"/gm)].map(
    ([, text]) => text,
  );
  const plan = planOf(await findScenario('healthy'), { prompt: 'Write a story' });
  const text = plan.chunks.map(({ delta }) => delta);
  expect(deltas).toEqual([text[0], text[1], text.at(-1)]);
});
