/** The message for a process that cannot open the files that it loads. */
export const tooFewFiles =
  'no file descriptor is left: raise the limit of open files (ulimit -n) to 256 or more';

/** Whether this process (EMFILE) or the machine (ENFILE) had no file descriptor left. */
export function isShortage(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && /^E[MN]FILE$/.test(String(error.code));
}
