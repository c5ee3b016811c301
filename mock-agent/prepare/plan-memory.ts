import { AgentError } from '../agent-error.ts';

/** The memory that the plans of all open streams take, and its limit. */
export interface PlanMemory {
  /** @throws AgentError if the limit is reached */
  refuseIfFull(): void;
  /** Sets the bytes that a stream takes. */
  set(stream: object, bytes: number): void;
  free(stream: object): void;
  bytes(): number;
}

/** The default limit of what clients that do not read can cost: about a tenth of a process's memory. */
export const defaultPlanLimitBytes = 512 * 2 ** 20;

export function createPlanMemory(limitBytes: number): PlanMemory {
  const bytesByStream = new Map<object, number>();
  let total = 0;
  const free = (stream: object) => {
    total -= bytesByStream.get(stream) ?? 0;
    bytesByStream.delete(stream);
  };
  return {
    refuseIfFull() {
      if (total < limitBytes) return;
      const limit = limitBytes < 2 ** 20 ? `${limitBytes} bytes` : `${limitBytes / 2 ** 20} MiB`;
      throw new AgentError(
        'RESOURCE_EXHAUSTED',
        `the plans of ${bytesByStream.size} open streams have reached the agent's limit of ${limit}; read or end some of them, or ask for shorter texts`,
      );
    },
    set(stream, bytes) {
      free(stream);
      bytesByStream.set(stream, bytes);
      total += bytes;
    },
    free,
    bytes: () => total,
  };
}
