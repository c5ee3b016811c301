import type { MockAgentStats } from '../../mock-agent/server.ts';
import type { Hold, StreamCommand, StreamPosition } from '../../proto/stream-commands.ts';
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
 * `relay` is for the other process: the parent passes it on between gateway and agent.
 * `close` ends the process.
 */
export type ToChild =
  | StartMessage
  | { type: 'watch' | 'report' | 'record' | 'sendTimes' | 'heap' | 'alive' | 'endDrain' | 'close' }
  | { type: 'drain'; limitMs: number }
  | { type: 'agent'; address: string }
  | { type: 'relay'; body: Relayed };

/** What a gateway and its agent send each other, and the replies. */
export type Relayed =
  | { do: 'command'; request: number; id: string; command: StreamCommand }
  | { do: 'add-scenario'; request: number; scenario: object }
  | { do: 'reply'; request: number; position?: StreamPosition | undefined; error?: string }
  /** The agent holds a stream, or goes on with it (null). */
  | { do: 'held'; id: string; hold: Hold | null };

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
  | { type: 'relay'; body: Relayed }
  | { type: 'drained' }
  | { type: 'alive' };
