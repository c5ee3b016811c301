import { availableParallelism, arch, cpus, platform, totalmem } from 'node:os';

import type { RunFacts } from '../../reports/build-report.ts';
import { fingerprintMachine } from '../../reports/fingerprint.ts';
import type { Report } from '../../reports/report.ts';
import type { Targets } from '../../reports/targets.ts';
import type { Phase } from '../../reports/sample.ts';
import { toolVersion } from '../console/tool-version.ts';
import type { Scenario } from '../file/scenario.ts';
import type { PhaseSpan } from '../load/profile/phases.ts';
import { fingerprintOf, type RunKind } from './fingerprint-scenario.ts';

/** The facts of a run that are known before it starts. */
export type KnownFacts = Pick<
  RunFacts,
  'toolVersion' | 'scenario' | 'seed' | 'environment' | 'fingerprint' | 'targets'
> & {
  load: Omit<RunFacts['load'], 'windowSec'>;
  law: NonNullable<RunFacts['arrivals']>['law'] | null;
};

/**
 * @param seed of the run
 * @param kind of the run, as in its fingerprint
 */
export function knownFactsOf(scenario: Scenario, seed: number, kind: RunKind = {}): KnownFacts {
  const { streams, arrivals, stages, total = null, rampMs, warmUpMs } = scenario.load;
  const environment = describeEnvironment();
  return {
    toolVersion: toolVersion(),
    scenario: {
      name: scenario.name,
      description: scenario.description,
      source: scenario.source,
    },
    seed,
    environment,
    fingerprint: {
      machine: fingerprintMachine(environment),
      scenario: fingerprintOf(scenario, seed, kind),
    },
    load: {
      streams: arrivals === undefined ? streams : null,
      dialect: scenario.load.request.dialect ?? 'specified',
      transport: scenario.load.request.transport,
      httpVersion: kind.httpVersion ?? '1.1',
      total,
      steady: total === null && stages.length === 0 && arrivals?.law !== 'trace',
      rampSec: rampMs / 1000,
      warmUpSec: warmUpMs / 1000,
    },
    law: arrivals?.law ?? null,
    targets: targetsOf(scenario),
  };
}

/** Providers send `text/event-stream; charset=utf-8`. Only the specified interface forbids the parameter. */
function targetsOf({ targets, load }: Scenario): Targets {
  return load.request.dialect === undefined ? targets : { ...targets, contentTypeParameters: true };
}

/** Returns the length of a phase; 0 if the load had no such phase. */
export function secondsOf(phases: readonly PhaseSpan[], name: Phase): number {
  const span = phases.find((phase) => phase.name === name);
  return span === undefined ? 0 : (span.endAtMs - span.startAtMs) / 1000;
}

function describeEnvironment(): Report['environment'] {
  return {
    node: process.version,
    platform: platform(),
    arch: arch(),
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    ci: process.env['CI'] !== undefined,
  };
}
