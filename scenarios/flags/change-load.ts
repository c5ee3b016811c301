import { RehearsalError } from '../console/rehearsal-error.ts';
import type { DialectName } from '../../proto/dialects/dialect.ts';
import type { Scenario } from '../file/scenario.ts';

interface LoadChanges {
  streams?: number | undefined;
  windowMs?: number | undefined;
  dialect?: DialectName | undefined;
}

/**
 * Returns a scenario with the load changed by flags.
 * @throws RehearsalError (usage) if the load has no such key
 */
export function changeLoad(
  scenario: Scenario,
  { streams, windowMs, dialect }: LoadChanges,
): Scenario {
  if (streams === undefined && windowMs === undefined && dialect === undefined) return scenario;
  const { arrivals, stages, total } = scenario.load;
  const refuse = (flag: string, other: string) => {
    throw new RehearsalError('usage', `${flag}: the load of ${scenario.name} has ${other} instead`);
  };
  if (streams !== undefined && stages.length > 0) refuse('--streams', 'stages');
  if (streams !== undefined && arrivals !== undefined) refuse('--streams', 'arrivals');
  if (windowMs !== undefined && stages.length > 0) refuse('--window', 'stages');
  if (windowMs !== undefined && arrivals?.law === 'trace') refuse('--window', 'a traffic trace');
  if (windowMs !== undefined && total !== undefined) refuse('--window', 'a total of streams');
  const { transport } = scenario.load.request;
  if (dialect !== undefined && transport !== 'post') refuse('--dialect', `transport: ${transport}`);
  const loadChanges = {
    ...(streams === undefined ? {} : { streams }),
    ...(windowMs === undefined ? {} : { windowMs }),
  };
  const request = { ...scenario.load.request, ...(dialect === undefined ? {} : { dialect }) };
  const flags = [
    ...(streams === undefined ? [] : [`--streams ${streams}`]),
    ...(windowMs === undefined ? [] : [`--window ${windowMs / 1000}s`]),
    ...(dialect === undefined ? [] : [`--dialect ${dialect}`]),
  ];
  return {
    ...scenario,
    // The description may mention the numbers that are changed here.
    description: `${scenario.description} (run with ${flags.join(' ')})`,
    load: { ...scenario.load, ...loadChanges, request },
    loadChanges: { ...loadChanges, ...(dialect === undefined ? {} : { dialect }) },
  };
}
