import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Processor time since the start, and resident memory now, of process groups. */
export interface Usage {
  /** User and system time of all threads. */
  cpuMs: number;
  rssBytes: number;
}

/**
 * Reads the usage from the operating system, so that it is comparable between servers: on Linux from the
 * scheduler, in nanoseconds; elsewhere from `ps`, in hundredths of a second.
 * @param groups process group ids
 */
export async function usageOf(groups: readonly number[]): Promise<Usage> {
  const processes =
    process.platform === 'linux' ? await readProc(new Set(groups)) : await askPs(new Set(groups));
  return {
    cpuMs: processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssBytes: processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}

async function readProc(groups: ReadonlySet<number>): Promise<Usage[]> {
  const found: Usage[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      if (!groups.has(groupOf(stat))) continue;
      const resident = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
      const rssBytes = Number(resident?.[1] ?? 0) * 1024;
      found.push({ cpuMs: await threadTimesMs(pid), rssBytes });
    } catch {
      // The process ended meanwhile.
    }
  }
  return found;
}

/** Reads the group from `pid (name) state ppid pgrp …`; the name may contain anything. */
function groupOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

async function threadTimesMs(pid: string): Promise<number> {
  let nanoseconds = 0;
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const schedstat = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
    nanoseconds += Number(schedstat.split(' ')[0]);
  }
  return nanoseconds / 1e6;
}

async function askPs(groups: ReadonlySet<number>): Promise<Usage[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pgid=,time=,rss=']);
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([group]) => groups.has(Number(group)))
    .map(([, time = '', rss]) => ({ cpuMs: psTimeMs(time), rssBytes: Number(rss) * 1024 }));
}

/** Converts `[[days-]hours:]minutes:seconds[.hundredths]` to milliseconds. */
export function psTimeMs(time: string): number {
  const [clock = '', days = '0'] = time.split('-').toReversed();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}
