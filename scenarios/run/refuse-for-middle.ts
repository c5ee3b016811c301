import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Scenario } from '../file/scenario.ts';

/**
 * Refuses a scenario that a gateway of others cannot carry out before our agent.
 * @throws RehearsalError (usage) for wire faults, and for a load in a dialect
 */
export function refuseForMiddle({
  name,
  behaviour,
  cases,
  load,
}: Pick<Scenario, 'name' | 'behaviour' | 'cases' | 'load'>): void {
  const { dialect } = load.request;
  if (dialect !== undefined) {
    throw new RehearsalError(
      'usage',
      `--agent-port: the load of ${name} is in the format ${dialect}, and our agent has a plan of the specified format only; leave out the format, or --agent-port`,
    );
  }
  const behaviours = [behaviour, ...cases.map((each) => each.behaviour)];
  const wireFaults = behaviours
    .flatMap(({ faults }) => faults)
    .filter((fault) => fault.of === 'wire');
  if (wireFaults.length === 0) return;
  const names = [...new Set(wireFaults.map((fault) => fault.name))].join(', ');
  throw new RehearsalError(
    'usage',
    `--agent-port: ${name} has faults of the wire (${names}), which only our own gateway carries out; run it without --agent-port, or another scenario`,
  );
}
