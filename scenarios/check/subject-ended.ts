import { RehearsalError } from '../console/rehearsal-error.ts';

/** What is checked ended during the check: the command of `--start` did. */
export class SubjectEnded extends RehearsalError {
  /** @param message how it ended, with its last lines */
  constructor(message: string) {
    super('usage', message);
  }
}
