/** What to do where a process may not open the files that it loads. */
export const tooFewFiles =
  'no file descriptor is left: raise the limit of open files (ulimit -n), 256 or more';

/** Whether the system had no file descriptor left for this process, or for the whole machine. */
export function isShortage(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && /^E[MN]FILE$/.test(String(error.code));
}
