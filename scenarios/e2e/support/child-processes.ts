import { readFileSync } from 'node:fs';

/** Returns the arguments of a process. Linux only. */
export function commandLineOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
}

/** Returns role → pid of the children of a process (`agent` and `gateway`). Linux only. */
export function childrenOf(pid: number): Map<string, number> {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return new Map(
    pids
      .filter((child) => child !== '')
      .map((child) => {
        const [, , role = ''] = commandLineOf(Number(child));
        return [role, Number(child)];
      }),
  );
}

/** Returns the processes that still run, without zombies. Linux only. */
export function alive(pids: Iterable<number>): number[] {
  return [...pids].filter((pid) => {
    try {
      // The state follows the name in parentheses, which may contain anything.
      return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  });
}
