import {
  clearImmediate,
  clearTimeout,
  performance,
  setImmediate,
  setTimeout,
} from '../../proto/timers.ts';

/** When an agent that says nothing counts as gone, in milliseconds. */
export interface SilenceLimits {
  /** From the connection of the socket to the agent's first SETTINGS. */
  handshakeMs: number;
  /** Without a byte of the agent while it has calls: then it is probed. */
  probeAfterMs: number;
  /** For any answer to a probe. */
  answerMs: number;
}

/** A frozen agent is noticed within the sum of the last two. */
export const silenceLimits: Readonly<SilenceLimits> = {
  handshakeMs: 5000,
  probeAfterMs: 10_000,
  answerMs: 5000,
};

/** A connection to be watched. */
interface Watched {
  hasCalls(): boolean;
  /** Sends something that every HTTP/2 peer answers. */
  probe(): void;
  /** The agent has not answered. */
  giveUp(): void;
}

/** Notices an agent that is silent while it has calls. */
export interface SilenceWatch {
  /** A call has begun. */
  called(): void;
  /** Bytes have come. */
  heard(): void;
  close(): void;
}

/** Probes a connection that is silent while it has calls; one timer at most, and none without calls. */
export function watchSilence(
  { hasCalls, probe, giveUp }: Watched,
  { probeAfterMs, answerMs }: Readonly<SilenceLimits>,
): SilenceWatch {
  let heardMs = performance.now();
  let probedMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let confirmation: NodeJS.Immediate | undefined;

  const isUnanswered = () => probedMs !== undefined && heardMs < probedMs;

  const wait = (ms: number) => {
    timer = setTimeout(look, ms);
    timer.unref();
  };

  const look = () => {
    timer = undefined;
    if (!hasCalls()) {
      probedMs = undefined;
    } else if (isUnanswered()) {
      // The answer may wait in the socket where this process was held up itself.
      confirmation = setImmediate(() => (isUnanswered() ? giveUp() : look()));
    } else {
      const leftMs = heardMs + probeAfterMs - performance.now();
      if (leftMs > 0) {
        wait(Math.ceil(leftMs));
        return;
      }
      probedMs = performance.now();
      probe();
      wait(answerMs);
    }
  };

  return {
    called() {
      if (timer !== undefined) return;
      // A connection without calls is silent by right.
      heardMs = performance.now();
      wait(probeAfterMs);
    },
    heard() {
      heardMs = performance.now();
    },
    close() {
      clearTimeout(timer);
      clearImmediate(confirmation);
      timer = undefined;
    },
  };
}
