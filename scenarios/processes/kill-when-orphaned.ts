import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Waits for a line on descriptor 3. If the descriptor ends without a line, the process at its other end
 * has died: `$1` then gets SIGTERM, and SIGKILL three seconds later. The shell returns at once, so that
 * the waiting process is not our child.
 */
const guard = `(read -r _ <&3 || { kill -s TERM -- "$1"; sleep 3; kill -s KILL -- "$1"; }) 2>/dev/null &`;

/**
 * Kills a process if this one dies first, even by SIGKILL.
 *
 * A child notices the end of its parent by its event loop, which does not run while the child spins or is
 * stopped. A shell in its own session notices instead. Without `sh` (Windows, images without a shell) this
 * is a no-op.
 *
 * @param target a process id, or the negated id of a process group
 * @returns a function that ends the watch; call it when the target has ended, since its id may be reused
 */
export function killWhenOrphaned(target: number): () => void {
  if (process.platform === 'win32') return () => {};
  const shell = spawn('sh', ['-c', guard, 'guard', String(target)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  shell.on('error', () => {});
  shell.unref();
  // Unlike its type says, it is missing if no file descriptor was free.
  const { stdio }: { stdio?: readonly unknown[] } = shell;
  const pipe = stdio?.[3];
  if (!(pipe instanceof Socket)) return () => {};
  // The shell may end before the watch does.
  pipe.on('error', () => {});
  pipe.unref();
  return () => void pipe.end('over\n');
}
