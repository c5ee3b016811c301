import type nodeTimers from 'node:timers';

/**
 * The timers of agent and gateway: those of the process, looked up at each call, until `keepRealTimers`.
 * Both run inside the test processes of others, whose fake timers must not stop them.
 */
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  Date: globalThis.Date,
  now: globalThis.performance.now.bind(globalThis.performance),
};

let kept: typeof real | undefined;

/** From now on fake timers, which replace the globals, change nothing for agent and gateway. */
export function keepRealTimers(): void {
  kept = real;
}

export function setTimeout(callback: () => void, ms: number): NodeJS.Timeout {
  return timers().setTimeout(callback, ms);
}

export function clearTimeout(timer: NodeJS.Timeout | undefined): void {
  timers().clearTimeout(timer);
}

export function setInterval(callback: () => void, ms: number): NodeJS.Timeout {
  return timers().setInterval(callback, ms);
}

export function clearInterval(timer: NodeJS.Timeout | undefined): void {
  timers().clearInterval(timer);
}

export function setImmediate(callback: () => void): NodeJS.Immediate {
  return timers().setImmediate(callback);
}

export function clearImmediate(immediate: NodeJS.Immediate | undefined): void {
  timers().clearImmediate(immediate);
}

export const performance = {
  now: (): number => (kept === undefined ? globalThis.performance.now() : kept.now()),
};

/** The wall clock. */
export const dateNow = (): number => (kept ?? globalThis).Date.now();

function timers(): Pick<
  typeof nodeTimers,
  | 'setTimeout'
  | 'clearTimeout'
  | 'setInterval'
  | 'clearInterval'
  | 'setImmediate'
  | 'clearImmediate'
> {
  return kept ?? globalThis;
}
