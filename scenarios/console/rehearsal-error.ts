/** Something wrong in a scenario, with its place; lines and columns count from 1. */
export interface Problem {
  /** For a scenario that is an object: its name, with line 1 and column 1. */
  file: string;
  line: number;
  column: number;
  message: string;
}

/**
 * `usage`: what a user has to change first, in arguments or in the set-up.
 * `scenario`: one or more scenarios that cannot be used; `problems` lists everything that is wrong.
 * `fault`: a requested fault that does not exist or cannot be combined with the scenario's own.
 * `recording`: a stream that did not become a trace.
 * `control`: a refused or wrong request to the control interface; `httpStatus` is the response's.
 * `file`: a file that cannot be read as text; the message leaves out its name.
 * `reported`: a child process failed and has printed why.
 * `interrupted`: a signal ended the command; `exitCode` is the signal's.
 */
export type RehearsalErrorCode =
  | 'usage'
  | 'scenario'
  | 'fault'
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
  /** Everything that is wrong with a scenario; empty for other codes. */
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

export function isRehearsalError(
  error: unknown,
  code: RehearsalErrorCode,
): error is RehearsalError {
  return error instanceof RehearsalError && error.code === code;
}
