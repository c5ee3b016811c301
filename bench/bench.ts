import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { interruption } from '../scenarios/console/interruption.ts';
import { toolVersion } from '../scenarios/console/tool-version.ts';
import { goalsOf } from './goals.ts';
import { planCostUs } from './plan-cost.ts';
import { renderBench } from './render-bench.ts';
import { figureOf, figuresOf, type BenchResults, type CaseResult } from './results.ts';
import { measureRound, measureStarts, type Load, type RoundFigures } from './round.ts';
import {
  aimock,
  floor,
  mockLlm,
  rehearsal,
  rehearsalHttp2,
  rehearsalOpenAi,
  rehearsalTls,
  type ServerUnderTest,
} from './servers.ts';

/**
 * `make bench`: compares agent and gateway with a bare server and with other mock servers on one schedule.
 * Takes 12 minutes.
 *
 * Compare the figures of one run with each other, not with those of another day or machine.
 */
const folder = 'reports/out/bench';

const rounds = Number(process.env['ROUNDS'] ?? 3);

interface Case {
  server: ServerUnderTest;
  load: Load;
}

const windowMs = 2500;

/** Streams opened per second during the ramp, for every number of streams. */
const opensPerSec = 200;

const at = (streams: number, intervalMs = 50, perSec = opensPerSec): Load => ({
  streams,
  rampMs: (streams / perSec) * 1000,
  windowMs,
  intervalMs,
});

const held: Case[] = [
  { server: rehearsal, load: at(500) },
  ...[rehearsal, rehearsalTls, rehearsalHttp2, rehearsalOpenAi, floor, aimock, mockLlm].map(
    (server) => ({
      server,
      load: at(1000),
    }),
  ),
  ...[rehearsal, floor, aimock].map((server) => ({ server, load: at(3000) })),
  // Opens faster: otherwise the ramp alone takes 50 seconds.
  { server: rehearsal, load: at(10_000, 100, 333) },
];

/** All streams open at once, which shows the cost of a start. */
const instants: Case[] = [rehearsal, rehearsalTls, rehearsalHttp2, floor].map((server) => ({
  server,
  load: { ...at(1000), rampMs: 0, windowMs: 1000 },
}));

if (!Number.isSafeInteger(rounds) || rounds < 1) {
  process.stderr.write('ROUNDS: write a whole number, at least 1: ROUNDS=3 make bench\n');
  process.exit(2);
}

const { signal } = interruption(() => new Error('interrupted; no result was written'));

const planUs = planCostUs();
process.stdout.write(`processor time per plan: ${planUs.toFixed(0)} µs\n`);

const missing = new Map<string, string>();
const measured = new Map<Case, RoundFigures[]>();
const startsUs = new Map<ServerUnderTest, number[]>();
for (let round = 1; round <= rounds; round += 1) {
  // Each round measures every server, so that other load on the machine affects all of them.
  for (const each of [...instants, ...held]) await measure(each, round);
  for (const { server } of instants) {
    if (missing.has(server.name)) continue;
    const us = await measureStarts(server, signal);
    startsUs.set(server, [...(startsUs.get(server) ?? []), us]);
  }
}

const results: BenchResults = {
  planUs,
  starts: instants
    .filter((each) => measured.has(each))
    .map((instant) => ({
      server: instant.server.name,
      startUs: figureOf(startsUs.get(instant.server) ?? []),
      instant: resultOf(instant),
    })),
  held: held.filter((each) => measured.has(each)).map(resultOf),
};
const goals = goalsOf(results);
const servers = [
  rehearsal,
  rehearsalTls,
  rehearsalHttp2,
  rehearsalOpenAi,
  floor,
  aimock,
  mockLlm,
].map(({ name, note }) => ({
  name,
  note,
}));
const run = {
  version: toolVersion(),
  node: process.versions.node,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  rounds,
  servers: servers.filter(({ name }) => !missing.has(name)),
  missing: [...missing].map(([name, why]) => `${name} (${why})`),
};
const markdown = renderBench(run, goals, results);
await mkdir(folder, { recursive: true });
await writeFile(
  join(folder, 'bench.json'),
  `${JSON.stringify({ run, goals, results }, null, 2)}\n`,
);
await writeFile(join(folder, 'bench.md'), markdown);
process.stdout.write(`\n${markdown}\nreport  ${folder}/bench.md and bench.json\n`);

async function measure(each: Case, round: number): Promise<void> {
  const { server, load } = each;
  if (missing.has(server.name)) return;
  const name = `${server.name}, ${load.streams} streams`;
  try {
    const figures = await measureRound(server, load, signal);
    measured.set(each, [...(measured.get(each) ?? []), figures]);
    process.stdout.write(
      `round ${round} of ${rounds}: ${name}${load.rampMs === 0 ? ' at once' : ''}: ${figures.cpuPerEventUs.toFixed(1)} µs per event, lateness p99 ${figures.lateP99Ms.toFixed(0)} ms\n`,
    );
  } catch (error) {
    // Without Rehearsal there is nothing to compare.
    if (server === rehearsal || signal.aborted) throw error;
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    missing.set(server.name, why ?? '');
    process.stdout.write(`${name}: not measured: ${why}\n`);
  }
}

function resultOf(each: Case): CaseResult {
  const figures = measured.get(each) ?? [];
  const { server, load } = each;
  return {
    server: server.name,
    streams: load.streams,
    eventsPerSec: 1000 / load.intervalMs,
    rounds: figures.length,
    figures: figuresOf(figures),
  };
}
