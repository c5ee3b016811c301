import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

import type { Logger } from 'pino';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { isShortage } from '../console/shortage.ts';

/** Open files of the load client or the gateway beside its streams: pipes, files, listening sockets. */
const otherFiles = 40;

const probeMs = 1000;

const warnAgainMs = 60_000;

/**
 * Refuses a load that needs more file descriptors than a process may open.
 * @param streams the maximum of streams at once
 * @param limit of open files in a process; null without a limit
 * @throws RehearsalError (usage)
 */
export function refuseTooFewFiles(streams: number, limit = openFilesLimit()): void {
  const needed = streams + otherFiles;
  if (limit === null || needed <= limit) return;
  throw new RehearsalError(
    'usage',
    `${streams} streams at once need about ${needed} open files a process, and ${limit} are allowed: raise the limit (ulimit -n ${needed}), or set load.streams to ${Math.max(limit - otherFiles, 1)} or fewer`,
  );
}

/** Returns the limit of open files, which Node raises to the hard limit at its start. */
function openFilesLimit(): number | null {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('userLimits' in report)) return null;
  // The documented form of Node's report, which has no limits on Windows.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const limits = report.userLimits as { open_files?: { soft: number | 'unlimited' } };
  const { soft } = limits.open_files ?? {};
  return typeof soft === 'number' ? soft : null;
}

/**
 * Logs a warning once a minute while no file descriptor is left. libuv then accepts and closes new
 * connections without an error, so this opens a file to find out.
 */
export function warnWithoutDescriptors(log: Pick<Logger, 'warn'>): void {
  let warnedAtMs = Number.NEGATIVE_INFINITY;
  setInterval(() => {
    try {
      closeSync(openSync(devNull, 'r'));
    } catch (error) {
      if (!isShortage(error) || performance.now() - warnedAtMs < warnAgainMs) return;
      warnedAtMs = performance.now();
      log.warn(
        { code: error.code },
        'no file descriptor is left: new connections are closed without an answer; raise the limit of open files (ulimit -n)',
      );
    }
  }, probeMs).unref();
}
