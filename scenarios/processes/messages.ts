import type { MockAgentStats } from '../../mock-agent/server.ts';
import type { ProcessHealth } from './process-health.ts';
import type { SendTimes } from './send-times.ts';
import type { StartMessage } from './start-message.ts';

/**
 * What a process of the stack and its parent send each other over Node's IPC.
 *
 * The child sends `ready` once it can receive messages, and is sent `start`: it becomes the server that this
 * describes, and sends `listening` once that listens.
 * `agent` tells a gateway that waits for it where the agent listens.
 * `watch` starts measuring the health of the process, `report` ends that and requests the figures.
 * `record` starts recording the send times of all later streams, `sendTimes` requests them.
 * `heap` collects garbage and requests the size of what is left, `alive` requests an answer only.
 * `drain` has the server refuse new requests while its streams go on; `drained` is sent when all have ended,
 * after `limitMs`, or after `endDrain`.
 * `close` ends the process.
 */
export type ToChild =
  | StartMessage
  | { type: 'watch' | 'report' | 'record' | 'sendTimes' | 'heap' | 'alive' | 'endDrain' | 'close' }
  | { type: 'drain'; limitMs: number }
  | { type: 'agent'; address: string };

/** What a person needs to know about a scenario to choose it. */
export interface Choice {
  name: string;
  description: string;
  seed: number;
}

export type FromChild =
  | { type: 'ready' }
  /** `scenarios` are those of an agent, the default first. */
  | { type: 'listening'; address: string; scenarios: readonly Choice[] }
  | { type: 'report'; health: ProcessHealth; agent: MockAgentStats | null }
  | { type: 'sendTimes'; times: SendTimes }
  | { type: 'heap'; inUseBytes: number }
  | { type: 'drained' }
  | { type: 'alive' };
