import { RehearsalError } from '../console/rehearsal-error.ts';

/** Pings a process and watches its answers. */
export interface AnswerWatch {
  /** Must be called for every answer. */
  answered(): void;
  /** Returns a signal that aborts when the process stops answering; a new one after it answers again. */
  silence(): AbortSignal;
  stop(): void;
}

const intervalMs = 1000;

/** The number of unanswered pings after which a process counts as stopped or blocked. */
const mostUnanswered = 10;

/**
 * Watches whether a process answers its pings. It counts pings instead of time, so that nothing is
 * reported if this process is stopped too (Ctrl+Z, a sleeping laptop).
 *
 * @param name of the process, for messages: `agent`
 * @param ping sends a ping
 * @param onChange called when the process stops answering, and when it answers again
 */
export function watchAnswers(
  name: string,
  ping: () => void,
  onChange?: (isAnswering: boolean, message: string) => void,
): AnswerWatch {
  let unanswered = 0;
  let controller = new AbortController();
  const timer = setInterval(() => {
    // The pings already sent are answered as soon as the process can.
    if (unanswered > mostUnanswered) return;
    if (unanswered === mostUnanswered) {
      const message = `the ${name} has not answered for ${mostUnanswered} s: it is stopped, or its event loop is blocked`;
      controller.abort(new RehearsalError('usage', message));
      onChange?.(false, message);
    } else ping();
    unanswered += 1;
  }, intervalMs);
  return {
    answered() {
      unanswered = 0;
      if (!controller.signal.aborted) return;
      controller = new AbortController();
      onChange?.(true, `the ${name} answers again`);
    },
    silence: () => controller.signal,
    stop: () => clearInterval(timer),
  };
}
