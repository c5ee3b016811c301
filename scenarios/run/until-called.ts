import { setTimeout as sleep } from 'node:timers/promises';

/** How long a gateway may take to find an agent that was not there before: gRPC waits longer each time. */
const findLimitMs = 20_000;

const pollMs = 500;

/**
 * Sends requests through a gateway until one reaches our agent.
 * @param attempt sends a request; returns whether it reached the agent. It throws where another attempt is useless,
 *   and the last one throws in any case.
 * @throws what an attempt throws, or the signal's reason
 */
export async function untilCalled(
  attempt: (isLast: () => boolean) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const limitAtMs = performance.now() + findLimitMs;
  const isLast = () => performance.now() > limitAtMs;
  while (!(await attempt(isLast))) await sleep(pollMs, undefined, { signal });
}
