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

/** The folder of a run. */
export interface RunFolder {
  path: string;
  /** Removes the folders that were created for it and are still empty, for a run without a result. */
  takeBack(): Promise<void>;
}

/**
 * Creates the folder of a run. Called before the run, so that no measurement is lost to a folder that
 * cannot be written.
 * @throws RehearsalError (usage) if it cannot be created or written to
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
 * Creates the default folder of a run: `reports/out/<scenario>/<time>`, or `<time>-2` and so on if
 * another run of the same second has that. No run overwrites another.
 * @throws RehearsalError (usage) as {@link prepareFolder}
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
 * @param options `allStreams`: whether `streams.jsonl` has the details of every stream
 * @throws RehearsalError (usage) if one cannot be written, after the others are written
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

/** Creates a folder and writes `report.json` into it. Throws as {@link writeRun}. */
export async function writeReport(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(() => {});
  await writeFiles(folder, reportFile(report));
}

/** Writes the renderings of a report into a folder. Throws as {@link writeRun}. */
export async function writeRenderings(folder: string, report: Report): Promise<void> {
  await writeFiles(folder, render(report));
}

/**
 * Waits until files are written. If that fails, prints the reason on standard error and goes on, since
 * the measurement is worth more than its files.
 * @returns whether all files were written
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

/** Returns the exit code of a command: success becomes `usage` if files could not be written. */
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
 * Writes files one after another, so that on a nearly full disk the first ones are complete.
 * @param files the content of each file in pieces, by name
 * @throws RehearsalError (usage) with the names of the files that cannot be written, after the others are written
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

/** Writes a file completely or not at all: until then the previous file stays. */
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

/** Creates a folder and its parents one by one, since Node's recursive mkdir never returns if the system answers ENOENT. */
async function makeFolder(folder: string, made: string[]): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() === true) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder), made);
  if (await makeOne(folder)) made.push(folder);
  else if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is not a folder`);
}

/** Creates one folder; returns false if the name exists, for example as the folder of another run. */
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
