import { readFileSync } from 'node:fs';

/** The children of a process, by the `rehearsal` command that they run: `agent` and `gateway`. Linux only. */
export function childrenOf(pid: number): Map<string, number> {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return new Map(
    pids
      .filter((child) => child !== '')
      .map((child) => {
        const [, , command = ''] = readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0');
        return [command, Number(child)];
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
