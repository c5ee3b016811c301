import type { PlannedFault } from './index.ts';

/** How often a fault strikes. It can be less than asked: another may have ended the stream before. */
export interface FaultRate {
  name: string;
  /** From 0 to 1, of each entry that names it. */
  probabilities: number[];
  /** Streams that it strikes, of those that were planned. */
  struck: number;
  streams: number;
}

/** The effective rates of a behaviour's faults over planned streams, in the order of the list. */
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
