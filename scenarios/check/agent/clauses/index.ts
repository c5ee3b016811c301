import type { AgentClause } from './call-facts.ts';
import { cancelClause, deadlineClause, pressureClause, targetsClause } from './connection.ts';
import { interfaceClauses, throughGateway } from './interface.ts';
import { streamClauses, type FailureOptions } from './stream.ts';

/** Returns every clause that an agent can keep or break, in the order of the specification. */
export function listAgentClauses(options: FailureOptions = {}): readonly AgentClause[] {
  const { final, errors, groups, benchmark } = streamClauses(options);
  return [
    ...interfaceClauses,
    ...final,
    cancelClause,
    ...errors,
    deadlineClause,
    ...groups,
    pressureClause,
    ...benchmark,
    throughGateway,
    targetsClause,
  ];
}
