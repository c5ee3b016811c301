import type { MockAgentStats } from '../mock-agent/server.ts';
import type { ProcessHealth } from './process-health.ts';

/**
 * What a process of the stack and the one that started it say to each other, over Node's IPC.
 *
 * `watch` starts the measuring of the process's own health, `report` ends it and asks for the figures,
 * `heap` has it collect its garbage and asks for what is left, `close` ends the process.
 */
export type ToChild = { type: 'watch' } | { type: 'report' } | { type: 'heap' } | { type: 'close' };

export type FromChild =
  | { type: 'listening'; address: string }
  | { type: 'report'; health: ProcessHealth; agent: MockAgentStats | null }
  | { type: 'heap'; inUseBytes: number };
