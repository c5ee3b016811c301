import type { PlannedFault } from './index.ts';

/** How often a fault strikes: less often than its probability if other faults end streams before it. */
export interface FaultRate {
  name: string;
  /** From 0 to 1, one for each entry with this fault. */
  probabilities: number[];
  /** The planned streams that it strikes. */
  struck: number;
  streams: number;
}

/** Returns the effective rates of a behaviour's faults over planned streams, in the order of the list. */
export function faultRates(
  faults: readonly Pick<PlannedFault, 'name' | 'probability'>[],
  plans: readonly { faults: readonly string[] }[],
): FaultRate[] {
  const names = [...new Set(faults.map(({ name }) => name))];
  return names.map((name) => ({
    name,
    probabilities: faults
      .filter((fault) => fault.name === name)
      .map(({ probability }) => probability),
    struck: plans.filter((plan) => plan.faults.includes(name)).length,
    streams: plans.length,
  }));
}
