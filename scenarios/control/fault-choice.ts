import { z } from 'zod';

import { AgentError } from '../../mock-agent/agent-error.ts';
import type { FaultEntry } from '../../mock-agent/faults/index.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';

/** The name of a fault, such as `stall` or `429`, or an entry of a scenario's `faults`. */
type SingleFault = string | number | FaultEntry;

/** One fault, or several that strike in their order. */
export type FaultChoice = SingleFault | readonly SingleFault[];

const entrySchema = z.union([z.string(), z.number(), z.record(z.string(), z.unknown())]);

/** The name of a fault, an entry of a scenario's `faults`, or a list of them; parsed by the agent's faults. */
export const faultsSchema = z.union([entrySchema, z.array(entrySchema)], {
  error: "must be a fault's name, an entry of a scenario's faults, or a list of them",
});

/** Calls a function that parses a fault. @throws RehearsalError (control) with status 400 for an invalid fault */
export function refuseBadFault<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    throw new RehearsalError('control', `fault: ${error.message}`, { httpStatus: 400 });
  }
}
