import { status } from '@grpc/grpc-js';

import { RefusedRequest } from './resolve-request.ts';

/** The memory that the plans of streams under way take together, and its bound. */
export interface PlanMemory {
  /** @throws RefusedRequest where the bound is reached. */
  refuseIfFull(): void;
  /** A stream takes so much from now on, in bytes. */
  set(stream: object, bytes: number): void;
  free(stream: object): void;
  bytes(): number;
}

/** What clients that do not read may cost at most: a tenth of what a process can have. */
export const defaultPlanLimitBytes = 512 * 2 ** 20;

export function createPlanMemory(limitBytes: number): PlanMemory {
  const taken = new Map<object, number>();
  let total = 0;
  const free = (stream: object) => {
    total -= taken.get(stream) ?? 0;
    taken.delete(stream);
  };
  return {
    refuseIfFull() {
      if (total < limitBytes) return;
      const limit = limitBytes < 2 ** 20 ? `${limitBytes} bytes` : `${limitBytes / 2 ** 20} MiB`;
      throw new RefusedRequest(
        status.RESOURCE_EXHAUSTED,
        `the plans of ${taken.size} open streams have reached the agent's limit of ${limit}; read or end some of them, or ask for shorter texts`,
      );
    },
    set(stream, bytes) {
      free(stream);
      taken.set(stream, bytes);
      total += bytes;
    },
    free,
    bytes: () => total,
  };
}
