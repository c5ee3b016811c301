import type { Gateway } from '../client-above.ts';
import type { AgentPlace } from './agent-socket.ts';
import type { BareClient } from './bare-client.ts';
import type { AgentSight } from './seen.ts';

/** What the probes of an agent need. */
export interface AgentSetting {
  place: AgentPlace;
  client: BareClient;
  /** Our gateway before the agent. */
  gateway: Gateway;
  /** A prompt that makes the agent fail. */
  failingPrompt?: string | undefined;
  /** The longest a call may last. */
  limitMs: number;
  signal: AbortSignal;
}

/** What a probe saw; the lateness of our process is measured around it. */
export type ProbeSight = Omit<AgentSight, 'ownLatenessMs' | 'calls' | 'frames'> &
  Partial<Pick<AgentSight, 'calls' | 'frames'>>;
