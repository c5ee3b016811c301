import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

import type { Logger } from 'pino';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { isShortage } from '../console/shortage.ts';

/** What the load client or the gateway has open besides its streams: pipes, files, the listening sockets. */
const otherFiles = 40;

const probeMs = 1000;

const warnAgainMs = 60_000;

/**
 * Refuses a load whose streams would not find enough file descriptors.
 * @param streams at once
 * @param limit of open files in a process; null where there is none
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

/** The limit of open files. Node has raised it to the hard limit as it started. */
function openFilesLimit(): number | null {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('userLimits' in report)) return null;
  // As Node documents its report; there are no limits in one of Windows.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const limits = report.userLimits as { open_files?: { soft: number | 'unlimited' } };
  const { soft } = limits.open_files ?? {};
  return typeof soft === 'number' ? soft : null;
}

/**
 * Logs a warning while no file descriptor is left, once a minute.
 *
 * libuv then accepts and closes new connections without a word, so a server learns nothing from its
 * socket. Opening a file tells.
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
