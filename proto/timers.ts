import type nodeTimers from 'node:timers';

/**
 * The timers of agent and gateway: the current globals at each call, until `keepRealTimers`. Both also run
 * in the test processes of users, whose fake timers must not stop them.
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

let keptTimers: typeof real | undefined;

/** Makes agent and gateway ignore fake timers, which replace the globals, from now on. */
export function keepRealTimers(): void {
  keptTimers = real;
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
  now: (): number => (keptTimers === undefined ? globalThis.performance.now() : keptTimers.now()),
};

/** The wall clock. */
export const dateNow = (): number => (keptTimers ?? globalThis).Date.now();

function timers(): Pick<
  typeof nodeTimers,
  | 'setTimeout'
  | 'clearTimeout'
  | 'setInterval'
  | 'clearInterval'
  | 'setImmediate'
  | 'clearImmediate'
> {
  return keptTimers ?? globalThis;
}
