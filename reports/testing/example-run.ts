import seedrandom from 'seedrandom';

import type { RunFacts } from '../build-report.ts';
import { fingerprintMachine, fingerprintScenario, hashContent } from '../fingerprint.ts';
import type { JudgedSample, Phase } from '../sample.ts';
import { targetsSchema } from '../targets.ts';
import { makeSample } from './make-sample.ts';

const exampleEnvironment = {
  node: 'v20.20.2',
  platform: 'linux',
  arch: 'x64',
  cpus: 2,
  cpuModel: 'Example CPU @ 2.50GHz',
  memoryGb: 8,
  ci: true,
};

/** Facts of a run of 30 s against our own mock, on a machine that kept up. */
export function exampleFacts(changes: Partial<RunFacts> = {}): RunFacts {
  return {
    toolVersion: '0.1.0',
    scenario: {
      name: 'healthy',
      description: 'A model in a good mood: first chunk in 200 ms, a chunk every 50 ms.',
      source: 'name: healthy\nbehaviour:\n  firstChunkMs: 200\n  intervalMs: 50\n',
    },
    seed: 42,
    slowsWithLoad: false,
    target: { url: 'http://127.0.0.1:8080', ours: true, middle: false, insecure: false },
    startedAt: '2025-10-21T08:30:00.000Z',
    durationSec: 30,
    environment: exampleEnvironment,
    fingerprint: {
      machine: fingerprintMachine(exampleEnvironment),
      scenario: fingerprintScenario({
        dialect: 'specified',
        transport: 'post',
        httpVersion: '1.1',
        middle: 'none',
        name: 'healthy',
        behaviour: hashContent('behaviour'),
        load: hashContent('load'),
        seed: 42,
      }),
    },
    arrivals: null,
    givenUp: 0,
    load: {
      streams: 1000,
      dialect: 'specified',
      transport: 'post',
      httpVersion: '1.1',
      total: null,
      steady: true,
      rampSec: 5,
      warmUpSec: 5,
      windowSec: 15,
    },
    phases: [
      { name: 'ramp', startAtMs: 0, endAtMs: 5000 },
      { name: 'warm-up', startAtMs: 5000, endAtMs: 10_000 },
      { name: 'window', startAtMs: 10_000, endAtMs: 25_000 },
      { name: 'drain', startAtMs: 25_000, endAtMs: 30_000 },
    ],
    targets: targetsSchema.parse({}),
    strict: false,
    interrupted: false,
    faults: [],
    health: {
      client: { loopDelayMs: { p50: 0.4, p99: 11.2, max: 31 }, cpuCores: 0.41, rssMb: 214 },
      agent: {
        loopDelayMs: { p50: 0.3, p99: 8.1, max: 22 },
        cpuCores: 0.52,
        rssMb: 171,
        latenessMs: { count: 210_400, mean: 1.1, p50: 0.8, p95: 3.4, p99: 7.2, max: 24 },
        streamsStarted: 6021,
        streamsCancelled: 3,
        chunksSent: 210_400,
      },
      gateway: { loopDelayMs: { p50: 0.9, p99: 14.8, max: 41 }, cpuCores: 0.88, rssMb: 260 },
    },
    ...changes,
  };
}

/** How the streams of {@link exampleSamples} behave. */
export interface ExampleLoad {
  slots: number;
  /** Median of the time to first chunk. */
  firstChunkMs: number;
  intervalMs: number;
  chunks: number;
  /** Share of streams that break off half-way. */
  failing: number;
}

/** Samples of a closed loop that fits {@link exampleFacts}: each slot starts its next stream when one ends. Seeded. */
export function exampleSamples(load: ExampleLoad): JudgedSample[] {
  const random = seedrandom('example');
  const samples: JudgedSample[] = [];
  for (let slot = 0; slot < load.slots; slot += 1) {
    let atMs = (slot / load.slots) * 5000;
    while (atMs < 25_000) {
      const sample = exampleSample(load, slot, atMs, random);
      samples.push(sample);
      atMs += sample.durationMs;
    }
  }
  return samples;
}

function exampleSample(
  load: ExampleLoad,
  slot: number,
  startAtMs: number,
  random: () => number,
): JudgedSample {
  const fails = random() < load.failing;
  const chunks = fails ? Math.ceil(load.chunks / 2) : load.chunks;
  const firstMs = load.firstChunkMs * (0.9 + random() ** 3 * 0.6);
  const latenessMs = Array.from({ length: chunks }, () => 1 + random() ** 12 * 70);
  const arrivals = latenessMs.map((late, index) => ({
    atMs: firstMs + index * load.intervalMs + late,
    chars: (index + 1) * 5,
    bytes: (index + 1) * 62,
  }));
  return makeSample({
    slot,
    key: `slot-${slot}-at-${Math.round(startAtMs)}`,
    phase: phaseAt(startAtMs),
    startAtMs,
    startLagMs: random() ** 8 * 12,
    arrivals,
    messages: chunks + 1,
    durationMs: (arrivals.at(-1)?.atMs ?? 0) + 2,
    outcome: fails ? 'reset' : 'completed',
    detail: fails ? 'ECONNRESET' : '',
    planned: {
      latenessMs,
      hops: {
        requestMs: 1.5,
        agentMs: latenessMs.map((late) => late * 0.2),
        gatewayMs: latenessMs.map((late) => late * 0.7),
        clientMs: latenessMs.map((late) => late * 0.1),
      },
      textMatches: true,
      foretold: { outcome: 'completed', detail: '' },
    },
  });
}

function phaseAt(atMs: number): Phase {
  if (atMs < 5000) return 'ramp';
  return atMs < 10_000 ? 'warm-up' : 'window';
}
