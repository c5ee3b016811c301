import { fingerprintScenario, hashContent, type Fingerprint } from '../../reports/fingerprint.ts';
import { parseYaml } from '../file/parse-yaml.ts';
import type { Scenario } from '../file/scenario.ts';

/**
 * What decides the streams of a run, and what load is put on them, by content: comments, the order of
 * keys, the description and the targets are none of it.
 * @param seed that the run was made with
 */
export function fingerprintOf(scenario: Scenario, seed: number): Fingerprint['scenario'] {
  const { behaviour, cases, load } = keysOf(parseYaml(scenario.source).content);
  const all = [scenario.behaviour, ...scenario.cases.map((one) => one.behaviour)];
  // What the files beside it hold stands here, in the place of their names.
  const beside = all.map(({ text, trace }) => ({ text, trace }));
  return fingerprintScenario({
    name: scenario.name,
    behaviour: hashContent({ behaviour, cases, beside }),
    load: hashContent({ load, ...scenario.loadChanges }),
    seed,
  });
}

function keysOf(content: unknown): Record<string, unknown> {
  return typeof content === 'object' && content !== null ? { ...content } : {};
}
