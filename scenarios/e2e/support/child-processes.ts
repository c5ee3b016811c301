import { readFileSync } from 'node:fs';

/** The words of a process's command line. Linux only. */
export function commandLineOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
}

/** The children of a process by their role: `agent` and `gateway`. Linux only. */
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

/** Those of the processes that still run; one that has ended and was not yet reaped does not. Linux only. */
export function alive(pids: Iterable<number>): number[] {
  return [...pids].filter((pid) => {
    try {
      // The state stands after the name, which may have anything in it.
      return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  });
}
