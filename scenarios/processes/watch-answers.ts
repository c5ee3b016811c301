import { RehearsalError } from '../console/rehearsal-error.ts';

/** Asks a process again and again whether it still answers. */
export interface AnswerWatch {
  /** To be called with every answer. */
  answered(): void;
  /** Aborted while the process does not answer; its reason says so. Another one once it answers again. */
  silence(): AbortSignal;
  stop(): void;
}

const intervalMs = 1000;

/** So many questions in a row without an answer: the process is stopped, or its event loop is. */
const mostUnanswered = 10;

/**
 * Watches whether a process answers.
 *
 * Counts questions and not time: where this process is stopped as well (Ctrl+Z, a laptop that sleeps),
 * neither asks nor answers, and nothing is wrong.
 *
 * @param name of the process, for messages: `agent`
 * @param ask sends a question
 * @param onChange called when the process stops answering, and when it answers again
 */
export function watchAnswers(
  name: string,
  ask: () => void,
  onChange?: (isAnswering: boolean, message: string) => void,
): AnswerWatch {
  let unanswered = 0;
  let controller = new AbortController();
  const timer = setInterval(() => {
    // What was asked already is answered as soon as it can be.
    if (unanswered > mostUnanswered) return;
    if (unanswered === mostUnanswered) {
      const message = `the ${name} has not answered for ${mostUnanswered} s: it is stopped, or its event loop is blocked`;
      controller.abort(new RehearsalError('usage', message));
      onChange?.(false, message);
    } else ask();
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
