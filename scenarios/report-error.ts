import { exitCodes } from './console/exit-codes.ts';
import { maskUrls } from './console/mask-urls.ts';
import { RehearsalError, type RehearsalErrorCode } from './console/rehearsal-error.ts';
import { isShortage, tooFewFiles } from './console/shortage.ts';
import { describeProblems } from './file/problems.ts';

const exitCodeOf: Readonly<Record<RehearsalErrorCode, number>> = {
  usage: exitCodes.usage,
  argument: exitCodes.usage,
  ended: exitCodes.usage,
  scenario: exitCodes.usage,
  fault: exitCodes.usage,
  stream: exitCodes.usage,
  recording: exitCodes.usage,
  control: exitCodes.usage,
  file: exitCodes.usage,
  reported: exitCodes.usage,
  interrupted: exitCodes.interrupted,
};

/** Prints an error for the user and returns the exit code of the process. */
export function reportError(error: unknown): number {
  if (isShortage(error)) {
    print(`rehearsal: ${tooFewFiles}`);
    return exitCodes.usage;
  }
  if (!(error instanceof RehearsalError)) {
    const message = error instanceof Error ? error.message : String(error);
    print(`rehearsal: an unexpected error: ${message}`);
    return exitCodes.usage;
  }
  const { code, message, problems } = error;
  if (problems.length > 0) print(describeProblems(problems).join('\n'));
  else if (code !== 'reported') print(`rehearsal: ${message}`);
  return error.exitCode ?? exitCodeOf[code];
}

/** Masks secrets in URLs: a message may quote what the user typed, and many people read logs of CI. */
function print(text: string): void {
  process.stderr.write(`${maskUrls(text)}\n`);
}
