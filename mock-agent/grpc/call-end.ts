import { dateNow } from '../../proto/timers.ts';
import type { Call } from './call.ts';
import type { PlannedEnd } from '../planned-stream.ts';

/** How a call can end, for those who watch the agent. */
export const callEnds = [
  'completed',
  'no-final',
  'error-field',
  'status',
  'crash',
  'down',
  'cancelled',
  'deadline',
  'connection-lost',
  'refused',
  'failed',
  'shutdown',
] as const;

/**
 * - `completed`, `no-final`, `error-field`, `status`, `crash`, `down`: as planned
 * - `cancelled`, `deadline`, `connection-lost`: by the client, before the planned end
 * - `refused`, `failed`: nothing was planned, by the request's fault or the agent's
 * - `shutdown`: by the end of the agent
 */
export type CallEnd = (typeof callEnds)[number];

/** Returns the end of a call that was played to its planned end and then closed by the agent. */
export function plannedCallEnd({ kind }: PlannedEnd): CallEnd {
  // A silence has no end of its own: what closes the call is something else.
  return kind === 'final' || kind === 'silence' ? 'completed' : kind;
}

/** The client's timer may fire a little before the agent's. */
const deadlineSlackMs = 50;

/** Returns how a call ended that the agent did not close. */
export function callEndByClient(call: Call, isConnected: boolean): CallEnd {
  if (dateNow() >= Number(call.getDeadline()) - deadlineSlackMs) return 'deadline';
  return isConnected ? 'cancelled' : 'connection-lost';
}
