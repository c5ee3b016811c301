import type { Limit } from './limits.ts';

/** Why the client ends a generation before its stream ends. */
type StopReason = Limit | 'aborted' | 'left';

/** Ends a generation once; later reasons are ignored. */
export interface Stop {
  /** The signal for `fetch`. */
  readonly signal: AbortSignal;
  readonly reason: StopReason | undefined;
  end(reason: StopReason): void;
  /**
   * Settles like `work`, or rejects at the stop. An aborted operation may never settle: on Node 20 and 22, a
   * read whose body has arrived completely does not. One call at a time.
   */
  race<T>(work: PromiseLike<T>): Promise<T>;
}

export function createStop(): Stop {
  const controller = new AbortController();
  let reason: StopReason | undefined;
  let rejectWork: ((reason: unknown) => void) | undefined;
  return {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    end(stopReason) {
      if (reason !== undefined) return;
      reason = stopReason;
      controller.abort();
      rejectWork?.(stopReason);
    },
    race: (work) =>
      new Promise((resolve, reject) => {
        rejectWork = reject;
        if (reason !== undefined) reject(reason);
        work.then(resolve, reject);
      }),
  };
}
