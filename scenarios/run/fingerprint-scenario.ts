import { fingerprintScenario, hashContent, type Fingerprint } from '../../reports/fingerprint.ts';
import { parseYaml } from '../file/parse-yaml.ts';
import type { Scenario } from '../file/scenario.ts';

/** What decides a run beside its scenario and its seed. */
export type RunKind = Partial<Pick<Fingerprint['scenario'], 'middle' | 'httpVersion'>>;

/**
 * Returns the fingerprint of what decides the streams and the load of a run. Comments, the order of keys,
 * the description and the targets do not change it.
 * @param seed the seed of the run
 * @param run whether its gateway is not ours, before our own agent, and the version of HTTP that it spoke
 */
export function fingerprintOf(
  scenario: Scenario,
  seed: number,
  { middle = 'none', httpVersion = '1.1' }: RunKind = {},
): Fingerprint['scenario'] {
  const { behaviour, cases, load } = keysOf(parseYaml(scenario.source).content);
  const behaviours = [scenario.behaviour, ...scenario.cases.map((each) => each.behaviour)];
  // These contain the content of named files instead of their names.
  const beside = behaviours.map(({ text, trace }) => ({ text, trace }));
  return fingerprintScenario({
    name: scenario.name,
    dialect: scenario.load.request.dialect ?? 'specified',
    transport: scenario.load.request.transport,
    httpVersion,
    behaviour: hashContent({ behaviour, cases, beside }),
    load: hashContent({ load, ...scenario.loadChanges, ...trafficOf(scenario) }),
    seed,
    middle,
  });
}

/** The content of a traffic trace instead of its name alone. */
function trafficOf({ load: { arrivals } }: Scenario): { traffic?: string } {
  const { trace } = arrivals ?? {};
  return trace !== undefined && 'sha256' in trace ? { traffic: trace.sha256 } : {};
}

function keysOf(content: unknown): Record<string, unknown> {
  return typeof content === 'object' && content !== null ? { ...content } : {};
}
