import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Whether this process should survive SIGHUP: nohup started it, or a script that ignores SIGHUP.
 *
 * Node resets every signal to its default when it starts (also in `/proc/self/status`), so only traces of
 * nohup are left. `exec nohup`, and nohup in a script of `sh`, leave none unless standard input is a
 * terminal. Read once at the start, since the parent may exit later.
 */
export const outlivesHangUp = startedByNohup() || parentIgnoresHangUp();

/**
 * Bash puts the name of a command into `_`, which nohup does not change. Only nohup replaces a terminal on
 * standard input by /dev/null opened for writing, so that reading fails.
 */
function startedByNohup(): boolean {
  if (basename(process.env['_'] ?? '') === 'nohup') return true;
  return read(() => {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8'))?.[1] ?? '';
    const isWriteOnly = (Number.parseInt(flags, 8) & 0b11) === 1;
    return isWriteOnly && readlinkSync('/proc/self/fd/0') === '/dev/null';
  });
}

/** Returns true for a process of a script after `trap '' HUP`, or of a script that nohup started. */
function parentIgnoresHangUp(): boolean {
  return read(() => {
    const status = readFileSync(`/proc/${process.ppid}/status`, 'utf8');
    const lastDigit = /^SigIgn:\s*[\da-f]*([\da-f])$/m.exec(status)?.[1] ?? '0';
    // The lowest bit is SIGHUP, signal 1.
    return (Number.parseInt(lastDigit, 16) & 1) === 1;
  });
}

/** Returns false on systems without such a file. */
function read(isTrue: () => boolean): boolean {
  try {
    return isTrue();
  } catch {
    return false;
  }
}
