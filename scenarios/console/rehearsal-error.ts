import { ContractError } from '../../proto/contract-error.ts';

/** A mistake in a scenario, or in the arguments of a call, and its position; lines and columns count from 1. */
export interface Problem {
  /** For a scenario object: its name; for an argument: the call, such as `next`. Both have line 1 and column 1. */
  file: string;
  line: number;
  column: number;
  message: string;
}

/**
 * `usage`: wrong arguments, or a set-up that does not work; the message says what to change.
 * `argument`: a value that an option does not take; its caller adds the name of the option.
 * `ended`: a server that is checked ended; the message has its last lines.
 * `scenario`: invalid scenarios; `problems` lists every mistake.
 * `fault`: a requested fault that does not exist or cannot be combined with the scenario's own.
 * `stream`: a stream that is not open, or that an act on it does not fit; the message says why.
 * `recording`: a stream that could not be recorded as a trace.
 * `control`: a refused or wrong request to the control interface; `httpStatus` is the status of the response.
 * `file`: a file that cannot be read as text; the message leaves out its name.
 * `reported`: a child process failed and printed the reason.
 * `interrupted`: a signal ended the command; `exitCode` is the signal's.
 */
export type RehearsalErrorCode =
  | 'usage'
  | 'argument'
  | 'ended'
  | 'scenario'
  | 'fault'
  | 'stream'
  | 'recording'
  | 'control'
  | 'file'
  | 'reported'
  | 'interrupted';

interface RehearsalErrorDetails {
  cause?: unknown;
  problems?: readonly Problem[];
  httpStatus?: number;
  exitCode?: number;
}

/** Every error that the command line and the library throw on purpose. */
export class RehearsalError extends Error {
  readonly code: RehearsalErrorCode;
  /** Every mistake in a scenario, or in the arguments of a call of the library; else empty. */
  readonly problems: readonly Problem[];
  readonly httpStatus: number | undefined;
  readonly exitCode: number | undefined;

  constructor(
    code: RehearsalErrorCode,
    message: string,
    { cause, problems = [], httpStatus, exitCode }: RehearsalErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'RehearsalError';
    this.code = code;
    this.problems = problems;
    this.httpStatus = httpStatus;
    this.exitCode = exitCode;
  }
}

/**
 * Returns the error for the arguments of a call of the library.
 * @param call its name, such as `next`
 */
export function callError(
  code: 'usage' | 'fault',
  call: string,
  messages: readonly string[],
  cause?: unknown,
): RehearsalError {
  const problems = messages.map((message) => ({ file: call, line: 1, column: 1, message }));
  const text = messages.map((message) => `${call}: ${message}`).join('\n');
  return new RehearsalError(code, text, { problems, cause });
}

export function isRehearsalError(
  error: unknown,
  code: RehearsalErrorCode,
): error is RehearsalError {
  return error instanceof RehearsalError && error.code === code;
}

/** Returns the error of a file that breaks its contract as one of usage, anything else as it is. */
export function explainContractError(error: unknown): unknown {
  return error instanceof ContractError ? new RehearsalError('usage', error.message) : error;
}
