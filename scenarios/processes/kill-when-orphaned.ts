import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Waits for a line on descriptor 3. One that ends without a line means that the process at its other
 * end is gone, however it went: then `$1` gets SIGTERM, and SIGKILL three seconds later. The shell
 * itself returns at once, so that the one that waits is no child of ours.
 */
const guard = `(read -r _ <&3 || { kill -s TERM -- "$1"; sleep 3; kill -s KILL -- "$1"; }) 2>/dev/null &`;

/**
 * Kills a process if this one dies first, even by SIGKILL.
 *
 * A child notices the end of its parent by its own event loop, which one that spins or is stopped does
 * not run. A shell in a session of its own notices for it. Does nothing where there is no `sh`
 * (Windows, images without a shell).
 *
 * @param target a process id, or a process group's id with a minus sign
 * @returns ends the watch; to be called once the target is gone, since its id may be given to another
 */
export function killWhenOrphaned(target: number): () => void {
  if (process.platform === 'win32') return () => {};
  const shell = spawn('sh', ['-c', guard, 'guard', String(target)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  shell.on('error', () => {});
  shell.unref();
  // By its types it is always there; without a free file descriptor it is not.
  const { stdio }: { stdio?: readonly unknown[] } = shell;
  const pipe = stdio?.[3];
  if (!(pipe instanceof Socket)) return () => {};
  // The shell may be gone before the watch ends.
  pipe.on('error', () => {});
  pipe.unref();
  return () => void pipe.end('over\n');
}
