import type { Clause } from '../clause.ts';
import { errorClauses } from './errors.ts';
import { flowClauses } from './flow.ts';
import { interfaceClauses } from './interface.ts';
import { responseClauses } from './response.ts';
import { targetClauses } from './targets.ts';

/** Every clause that a gateway can keep or break, in the order of the specification. */
export const clauses: readonly Clause[] = [
  ...interfaceClauses,
  ...responseClauses,
  ...errorClauses,
  ...flowClauses,
  ...targetClauses,
];
