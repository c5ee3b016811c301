import {
  clearImmediate,
  clearTimeout,
  performance,
  setImmediate,
  setTimeout,
} from '../../proto/timers.ts';

/** After how long a silent agent counts as unavailable. */
export interface SilenceLimits {
  /** From the connection of the socket to the agent's first SETTINGS. */
  handshakeMs: number;
  /** Silence of an agent with calls before it is probed. */
  probeAfterMs: number;
  /** Time limit of an answer to a probe. */
  answerMs: number;
}

/** The defaults. A frozen agent is detected within the sum of the last two. */
export const silenceLimits: Readonly<SilenceLimits> = {
  handshakeMs: 5000,
  probeAfterMs: 10_000,
  answerMs: 5000,
};

/** A connection to watch. */
interface WatchedConnection {
  hasCalls(): boolean;
  /** Sends something that every HTTP/2 peer answers. */
  probe(): void;
  /** Called if the agent has not answered. */
  giveUp(): void;
}

/** Detects an agent that is silent while it has calls. */
export interface SilenceWatch {
  /** Call when a call has started. */
  called(): void;
  /** Call when bytes have arrived. */
  heard(): void;
  close(): void;
}

/** Probes a connection that is silent while it has calls, with at most one timer and none without calls. */
export function watchSilence(
  { hasCalls, probe, giveUp }: WatchedConnection,
  { probeAfterMs, answerMs }: Readonly<SilenceLimits>,
): SilenceWatch {
  let heardMs = performance.now();
  let probedMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let confirmation: NodeJS.Immediate | undefined;

  const isUnanswered = () => probedMs !== undefined && heardMs < probedMs;

  const wait = (ms: number) => {
    timer = setTimeout(check, ms);
    timer.unref();
  };

  const check = () => {
    timer = undefined;
    if (!hasCalls()) {
      probedMs = undefined;
    } else if (isUnanswered()) {
      // If this process was blocked, the answer may still be in the socket.
      confirmation = setImmediate(() => (isUnanswered() ? giveUp() : check()));
    } else {
      const remainingMs = heardMs + probeAfterMs - performance.now();
      if (remainingMs > 0) {
        wait(Math.ceil(remainingMs));
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
      // Silence without calls does not count.
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
