import type { MockAgentStats } from '../../mock-agent/server.ts';
import type { ProcessHealth } from './process-health.ts';
import type { SendTimes } from './send-times.ts';

/**
 * What a process of the stack and the one that started it say to each other, over Node's IPC.
 *
 * `agent` tells a gateway, which waits for it, where the agent listens.
 * `watch` starts the measuring of the process's own health, `report` ends it and asks for the figures,
 * `record` has it keep the send times of every stream from now on, `sendTimes` asks for them,
 * `heap` has it collect its garbage and asks for what is left, `alive` asks for nothing but an answer,
 * `close` ends the process.
 */
export type ToChild =
  | { type: 'watch' | 'report' | 'record' | 'sendTimes' | 'heap' | 'alive' | 'close' }
  | { type: 'agent'; address: string };

/** What a person needs to know of a scenario in order to choose it. */
export interface Choice {
  name: string;
  description: string;
  seed: number;
}

export type FromChild =
  /** `scenarios` are those of an agent, the one that answers by default first. */
  | { type: 'listening'; address: string; scenarios: readonly Choice[] }
  | { type: 'report'; health: ProcessHealth; agent: MockAgentStats | null }
  | { type: 'sendTimes'; times: SendTimes }
  | { type: 'heap'; inUseBytes: number }
  | { type: 'alive' };
