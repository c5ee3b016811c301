import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  compareRuns,
  defaultMargin,
  type ComparisonAnswer,
} from '../reports/compare/comparison.ts';
import { runPairs, localTarget } from '../scenarios/compare/run-pairs.ts';
import { interruption } from '../scenarios/console/interruption.ts';
import { readScenario } from '../scenarios/file/read-scenario.ts';
import type { Scenario } from '../scenarios/file/scenario.ts';

/**
 * `make ab-proof`: how often `rehearsal ab` is right on this machine. Twenty trials compare equal servers: at
 * most one may report a regression. Ten trials compare with a head whose first token is 10 ms later: nine
 * have to report one. A trial is ten pairs of runs and takes about a minute.
 */
const bareServer = fileURLToPath(
  new URL(`bare-server${import.meta.url.slice(-3)}`, import.meta.url),
);
const firstTokenMs = 100;
const pairs = 10;
const trials = [
  { name: 'equal sides', moreMs: 0, of: 20, wanted: 19 },
  { name: '+10 ms on the first token', moreMs: 10, of: 10, wanted: 9 },
];

const source = `version: 1
description: Short streams, as many as a trial of a minute has time for.
load: { streams: 10, ramp: 300ms, warmUp: 500ms, window: 1200ms }
`;

const folder = await mkdtemp(join(tmpdir(), 'rehearsal-ab-proof-'));
const { signal } = interruption(() => new Error('interrupted; the trials are incomplete'));
try {
  const file = join(folder, 'short-streams.yaml');
  await writeFile(file, source);
  await prove(await readScenario(file), signal);
} catch (error) {
  process.stderr.write(`ab-proof: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
} finally {
  await rm(folder, { recursive: true });
}

async function prove(scenario: Scenario, signal: AbortSignal): Promise<void> {
  const summary: string[] = [];
  for (const { name, moreMs, of, wanted } of trials) {
    let right = 0;
    for (let nth = 1; nth <= of; nth += 1) {
      const { answer, worse } = await tryOnce(scenario, moreMs, signal);
      if ((answer === 'regression') === moreMs > 0 && answer !== 'invalid') right += 1;
      say(`${name}, ${nth} of ${of}: ${answer}${worse}`);
    }
    const words = moreMs > 0 ? 'regression' : 'none or inconclusive';
    summary.push(`${name}: ${words} in ${right} of ${of} (wanted: ${wanted})`);
    if (right < wanted) process.exitCode = 1;
  }
  for (const line of summary) say(line);
}

async function tryOnce(
  scenario: Scenario,
  moreMs: number,
  signal: AbortSignal,
): Promise<{ answer: ComparisonAnswer; worse: string }> {
  const { base, head } = await runPairs(scenario, {
    commands: { base: commandOf(firstTokenMs), head: commandOf(firstTokenMs + moreMs) },
    pairs,
    target: localTarget,
    onRun() {},
    signal,
  });
  const { answer, times, runs } = compareRuns(base, head, {
    paired: true,
    margin: defaultMargin,
    noise: null,
  });
  const first = times.find((time) => time.name === 'firstChunkP50');
  const interval = first?.interval
    ? `, first chunk p50 ${first.interval.low.toFixed(1)} to ${first.interval.high.toFixed(1)} ms`
    : '';
  const worse = times.filter((time) => time.answer === 'regression').map(({ label }) => label);
  return { answer, worse: ` (${runs.base} pairs${interval})  ${worse.join('; ')}` };
}

function commandOf(ms: number): string {
  return `exec "${process.execPath}" "${bareServer}" ${ms}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
