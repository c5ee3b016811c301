import type { Limit } from './limits.ts';

/** Why a generation ends before its stream does. */
type StopReason = Limit | 'aborted' | 'left';

/** The one end of a generation that the client itself decides on; the first reason stands. */
export interface Stop {
  /** For `fetch`. */
  readonly signal: AbortSignal;
  readonly reason: StopReason | undefined;
  end(reason: StopReason): void;
  /**
   * Settles as `work` does, or rejects at the stop. What was aborted may never settle by itself: on Node
   * 20 and 22 a read whose whole body had come does not. One call at a time.
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
    end(why) {
      if (reason !== undefined) return;
      reason = why;
      controller.abort();
      rejectWork?.(why);
    },
    race: (work) =>
      new Promise((resolve, reject) => {
        rejectWork = reject;
        if (reason !== undefined) reject(reason);
        work.then(resolve, reject);
      }),
  };
}
