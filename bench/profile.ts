import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import Table from 'cli-table3';

import { findScenario } from '../scenarios/file/find-scenario.ts';
import { runScenario } from '../scenarios/run/run-scenario.ts';
import { selfTimes, type CpuProfile, type SelfTime } from './self-times.ts';

/**
 * `make profile`: where agent and gateway spend processor time during the specified benchmark. The profiles
 * open in the developer tools of Chromium.
 */
const folder = 'reports/out/profile';

const streams = 500;

const shownFunctions = 20;

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
// Child processes inherit these arguments.
process.execArgv.push('--cpu-prof', `--cpu-prof-dir=${folder}`);
const benchmark = await findScenario('benchmark');
const load = { ...benchmark.load, streams, rampMs: 3000, warmUpMs: 3000, windowMs: 10_000 };
await runScenario({ ...benchmark, load }, { strict: false, signal: new AbortController().signal });

for (const file of await readdir(folder)) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
  const times = selfTimes(profile);
  // Both processes load the code of both; each runs mostly its own.
  const name = timeIn(times, 'mock-agent/') > timeIn(times, 'gateway/') ? 'agent' : 'gateway';
  const path = join(folder, `${name}.cpuprofile`);
  await rename(join(folder, file), path);
  process.stdout.write(`${path}\n${tableOf(times)}\n`);
}

function timeIn(times: readonly SelfTime[], folder: string): number {
  return sum(times.filter(({ where }) => where.startsWith(folder)));
}

function tableOf(times: readonly SelfTime[]): string {
  const busyMs = sum(times);
  const table = new Table({
    head: ['share of time', 'function', 'location'],
    style: { head: [], border: [] },
    colAligns: ['right', 'left', 'left'],
    // No lines between rows.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { name, where, ms } of times.slice(0, shownFunctions)) {
    table.push([`${((ms / busyMs) * 100).toFixed(1)} %`, name, where]);
  }
  return table.toString();
}

function sum(times: readonly SelfTime[]): number {
  return times.reduce((total, { ms }) => total + ms, 0);
}
