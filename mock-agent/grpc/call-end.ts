import { dateNow } from '../../proto/timers.ts';
import type { Call } from './call.ts';
import type { PlannedEnd } from '../planned-stream.ts';

/** The causes of a call's end, for log and metrics. */
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
 * - `completed`, `no-final`, `error-field`, `status`, `crash`, `down`: the planned end
 * - `cancelled`, `deadline`, `connection-lost`: ended by the client, before the planned end
 * - `refused`, `failed`: not planned, because the request is invalid or the planner failed
 * - `shutdown`: ended by the shutdown of the agent
 */
export type CallEnd = (typeof callEnds)[number];

/** Returns the cause for a call that the agent closed after its planned end. */
export function plannedCallEnd({ kind }: PlannedEnd): CallEnd {
  // A silence never closes the call, so something else did.
  return kind === 'final' || kind === 'silence' ? 'completed' : kind;
}

/** The client's timer may fire a little before the agent's. */
const deadlineSlackMs = 50;

/** Returns the cause for a call that the agent did not close. */
export function callEndByClient(call: Call, isConnected: boolean): CallEnd {
  if (dateNow() >= Number(call.getDeadline()) - deadlineSlackMs) return 'deadline';
  return isConnected ? 'cancelled' : 'connection-lost';
}
