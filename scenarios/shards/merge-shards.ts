import { realpath } from 'node:fs/promises';

import { buildReport, type RunFacts } from '../../reports/build-report.ts';
import { hashContent, type Fingerprint } from '../../reports/fingerprint.ts';
import { startLagP99, type Shard } from '../../reports/metrics/shards.ts';
import type { Health } from '../../reports/metrics/health.ts';
import type { JudgedSample } from '../../reports/sample.ts';
import type { PhaseSpan } from '../load/profile/phases.ts';
import { secondsOf } from '../run/describe-run.ts';
import type { RunResult } from '../run/run-scenario.ts';
import { createArrivalStore } from './arrival-store.ts';
import { checkShards, type CompleteShard } from './check-shards.ts';
import { readStreams } from './read-streams.ts';
import { readShardFile } from './shard-file.ts';

/**
 * Merges the shards of a load into the result of one run: from all streams, by the same code.
 * @param options `strict`: whether a missed target fails the run
 * @throws RehearsalError (usage) for folders that are not the complete shards of one load
 */
export async function mergeShards(
  folders: readonly string[],
  { strict }: { strict: boolean },
): Promise<RunResult> {
  const read = await Promise.all(
    folders.map(async (folder) => ({ ...(await readShardFile(folder)), folder })),
  );
  const shards = checkShards(read);
  const store = createArrivalStore();
  const samples: JudgedSample[] = [];
  const described: Shard[] = [];
  for (const shard of shards) {
    const own = await readStreams(shard, store);
    described.push(describeShard(shard, own));
    for (const sample of own) samples.push(sample);
  }
  // One order of the streams, however they were divided.
  samples.sort((a, b) => a.startAtMs - b.startAtMs || (a.key < b.key ? -1 : 1));
  return {
    report: buildReport({ ...factsOf(shards), shards: described, strict }, samples),
    samples,
  };
}

/** Returns whether a folder is one of the others, under any name. */
export async function isAmong(folder: string, others: readonly string[]): Promise<boolean> {
  const [own, ...rest] = await Promise.all(
    [folder, ...others].map((path) => realpath(path).catch(() => path)),
  );
  return rest.includes(own ?? folder);
}

function describeShard(
  { shard, fingerprint, result }: CompleteShard,
  samples: readonly JudgedSample[],
): Shard {
  const { startedAfterMs, clockSetMs, client } = result;
  return {
    number: shard.number,
    streams: samples.length,
    startedAfterMs: startedAfterMs + clockSetMs,
    startLagP99Ms: startLagP99(samples),
    loopDelayP99Ms: client.loopDelayMs.p99,
    cpuCores: client.cpuCores,
    rssMb: client.rssMb,
    machine: fingerprint.machine.hash,
  };
}

/** @param shards at least one */
function factsOf(shards: readonly CompleteShard[]): Omit<RunFacts, 'strict'> {
  const [first] = shards;
  if (first === undefined) throw new RangeError('a load has one shard or more');
  const { tool, scenario, seed, target, startAt, environment, fingerprint, load, law, targets } =
    first;
  const results = shards.map(({ result }) => result);
  const phases = mergePhases(results.map((result) => result.phases));
  return {
    toolVersion: tool.version,
    scenario,
    seed,
    slowsWithLoad: false,
    target: {
      url: target,
      ours: false,
      middle: false,
      insecure: shards.some(({ insecure }) => insecure),
    },
    startedAt: startAt,
    durationSec: Math.max(...results.map(({ endedAfterMs }) => endedAfterMs)) / 1000,
    environment,
    fingerprint: {
      machine: mergeMachines(shards.map((shard) => shard.fingerprint.machine)),
      scenario: fingerprint.scenario,
    },
    load: { ...load, windowSec: secondsOf(phases, 'window') },
    arrivals:
      law === null ? null : { law, droppedAtMs: results.flatMap(({ droppedAtMs }) => droppedAtMs) },
    phases,
    targets,
    interrupted: false,
    health: { client: worstOf(results.map(({ client }) => client)), agent: null, gateway: null },
    faults: [],
    givenUp: 0,
  };
}

/** Returns the phases of the load: they begin and end with those of the last shard. */
function mergePhases(all: readonly (readonly PhaseSpan[])[]): PhaseSpan[] {
  const [first = []] = all;
  return first.map(({ name }) => {
    const spans = all.flatMap((phases) => phases.filter((span) => span.name === name));
    return {
      name,
      startAtMs: Math.max(...spans.map(({ startAtMs }) => startAtMs)),
      endAtMs: Math.max(...spans.map(({ endAtMs }) => endAtMs)),
    };
  });
}

function worstOf(clients: readonly Health['client'][]): Health['client'] {
  const worst = (of: (client: Health['client']) => number) => Math.max(...clients.map(of));
  return {
    loopDelayMs: {
      p50: worst(({ loopDelayMs }) => loopDelayMs.p50),
      p99: worst(({ loopDelayMs }) => loopDelayMs.p99),
      max: worst(({ loopDelayMs }) => loopDelayMs.max),
    },
    cpuCores: worst(({ cpuCores }) => cpuCores),
    rssMb: worst(({ rssMb }) => rssMb),
    lackedDescriptors: clients.some(({ lackedDescriptors }) => lackedDescriptors === true),
  };
}

type Machine = Fingerprint['machine'];

/** Returns the machine of the shards; of several, all names and the smallest numbers. */
function mergeMachines(machines: readonly Machine[]): Machine {
  const hashes = distinct(machines.map(({ hash }) => hash));
  const words = (of: (machine: Machine) => string) => distinct(machines.map(of)).join(' + ');
  const [only = ''] = hashes;
  return {
    hash: hashes.length === 1 ? only : hashContent(hashes),
    platform: words(({ platform }) => platform),
    arch: words(({ arch }) => arch),
    cpuModel: words(({ cpuModel }) => cpuModel),
    cpus: Math.min(...machines.map(({ cpus }) => cpus)),
    memoryGb: Math.min(...machines.map(({ memoryGb }) => memoryGb)),
    node: words(({ node }) => node),
  };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}
