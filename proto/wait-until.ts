import { performance, setTimeout } from './timers.ts';

/** How often the condition is checked. */
const pollMs = 10;

/** Resolves when a condition holds, or after `limitMs`. */
export async function waitUntil(holds: () => boolean, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!holds() && performance.now() < endMs) {
    await new Promise<void>((resolve) => setTimeout(() => resolve(), pollMs));
  }
}
