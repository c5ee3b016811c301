import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Whether this process was started to go on after SIGHUP: by nohup, or by a script that ignores it.
 *
 * Node gives every signal its default effect as it starts, so the process itself no longer shows what
 * it was started with, and without a handler SIGHUP would end it. Found once, at the start: the parent
 * may be gone later.
 */
export const outlivesHangUp = startedByNohup() || parentIgnoresHangUp();

/**
 * Shells name what they start in `_`, and nohup leaves that as it is. A terminal as standard input it
 * replaces by /dev/null, open for writing only, so that reading fails; nobody else does.
 */
function startedByNohup(): boolean {
  if (basename(process.env['_'] ?? '') === 'nohup') return true;
  return read(() => {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8'))?.[1] ?? '';
    const isWriteOnly = (Number.parseInt(flags, 8) & 0b11) === 1;
    return isWriteOnly && readlinkSync('/proc/self/fd/0') === '/dev/null';
  });
}

/** So it is in a script after `trap '' HUP`, and in one that nohup started. */
function parentIgnoresHangUp(): boolean {
  return read(() => {
    const status = readFileSync(`/proc/${process.ppid}/status`, 'utf8');
    const lastDigit = /^SigIgn:\s*[\da-f]*([\da-f])$/m.exec(status)?.[1] ?? '0';
    // The lowest bit stands for the first signal, which is SIGHUP.
    return (Number.parseInt(lastDigit, 16) & 1) === 1;
  });
}

/** False on systems that have no such file. */
function read(look: () => boolean): boolean {
  try {
    return look();
  } catch {
    return false;
  }
}
