import { createWriteStream } from 'node:fs';
import { access, constants, mkdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import { renderings } from '../../reports/render/renderings.ts';
import { renderStreams } from '../../reports/render/streams.ts';
import type { Report } from '../../reports/report.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { maskUrls } from '../console/mask-urls.ts';
import type { RunResult } from './run-scenario.ts';

/** Where a run is written. */
export interface RunFolder {
  path: string;
  /** Takes back what was made of it and is still empty, for a run that came to nothing. */
  takeBack(): Promise<void>;
}

/**
 * Makes the folder of a run. To be called before the run: what it measured should not be lost to a
 * folder that cannot be written.
 * @throws RehearsalError (usage) where it cannot be made or written to.
 */
export async function prepareFolder(path: string): Promise<RunFolder> {
  const made: string[] = [];
  try {
    await makeFolder(path, made);
    await access(path, constants.W_OK);
  } catch (error) {
    throw unwritable(path, error, '--out: ');
  }
  return folderOf(path, made);
}

/**
 * Makes a folder for a run that nobody gave one: `reports/out/<scenario>/<time>`, or `<time>-2` and
 * so on where another run of the same second has that. No run overwrites another.
 * @throws RehearsalError (usage) as {@link prepareFolder}.
 */
export async function prepareOwnFolder(scenario: string, startedAt: Date): Promise<RunFolder> {
  const stamp = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
  const path = join('reports', 'out', scenario, stamp);
  const made: string[] = [];
  try {
    await makeFolder(dirname(path), made);
    for (let nth = 1; ; nth += 1) {
      const own = nth === 1 ? path : `${path}-${nth}`;
      if (await makeOne(own)) return folderOf(own, [...made, own]);
    }
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * Writes the files of a run into its folder, the largest last.
 * @param options `allStreams`: whether `streams.jsonl` has every stream whole
 * @throws RehearsalError (usage) where one cannot be written, after the others are.
 */
export async function writeRun(
  folder: string,
  { report, samples }: RunResult,
  { allStreams = false } = {},
): Promise<void> {
  await writeFiles(folder, {
    ...reportFile(report),
    ...render(report),
    'streams.jsonl': renderStreams(samples, { all: allStreams, seed: report.seed }),
  });
}

/** Writes `report.json` into a folder and makes the folder. Throws as {@link writeRun}. */
export async function writeReport(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(() => {});
  await writeFiles(folder, reportFile(report));
}

/** Writes into a folder what is made from a report alone. Throws as {@link writeRun}. */
export async function writeRenderings(folder: string, report: Report): Promise<void> {
  await writeFiles(folder, render(report));
}

/**
 * Waits until files are written. What was measured is worth more than its files: where they cannot be
 * written, says so on standard error.
 * @returns whether all were written
 */
export async function tellUnwritten(writing: Promise<void>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (!isRehearsalError(error, 'usage')) throw error;
    process.stderr.write(`rehearsal: ${maskUrls(error.message)}\n`);
    return false;
  }
}

/** Returns the exit code of a command: success becomes `usage` where files that it promised are missing. */
export function exitCodeWith(code: number, { isWritten }: { isWritten: boolean }): number {
  return code === exitCodes.success && !isWritten ? exitCodes.usage : code;
}

function reportFile(report: Report): Record<string, string[]> {
  return { 'report.json': [`${JSON.stringify(report, null, 2)}\n`] };
}

function render(report: Report): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(renderings).map(([name, rendering]) => [name, [rendering(report)]]),
  );
}

/**
 * Writes files one after another: of a disk that is nearly full each gets what the ones before it leave.
 * @param files pieces of each by its name
 * @throws RehearsalError (usage) that names those that cannot be written, after the others are.
 */
export async function writeFiles(
  folder: string,
  files: Record<string, Iterable<string>>,
): Promise<void> {
  const unwritten: string[] = [];
  let cause: unknown;
  for (const [name, pieces] of Object.entries(files)) {
    try {
      await replaceFile(join(folder, name), pieces);
    } catch (error) {
      unwritten.push(name);
      cause ??= error;
    }
  }
  if (unwritten.length === 0) return;
  throw new RehearsalError(
    'usage',
    `cannot write ${unwritten.join(', ')} to ${folder}: ${messageOf(cause)}`,
  );
}

/** Writes a file whole or not at all: whatever ends us half-way, what was there before stays. */
async function replaceFile(path: string, pieces: Iterable<string>): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    await pipeline(pieces, createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function folderOf(path: string, made: readonly string[]): RunFolder {
  return {
    path,
    async takeBack() {
      for (const each of made.toReversed()) await rmdir(each).catch(() => {});
    },
  };
}

/** Step by step: Node's own recursive mkdir never returns where the system refuses a folder with ENOENT. */
async function makeFolder(folder: string, made: string[]): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder), made);
  if (await makeOne(folder)) made.push(folder);
  else if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is no folder`);
}

/** Makes one folder; false where something of that name is there, such as another run's. */
async function makeOne(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function unwritable(folder: string, error: unknown, flag = ''): RehearsalError {
  return new RehearsalError(
    'usage',
    `${flag}nothing can be written to ${folder}: ${messageOf(error)}`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
