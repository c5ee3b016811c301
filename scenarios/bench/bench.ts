import Table from 'cli-table3';

import { behaviourSchema } from '../../mock-agent/behaviour.ts';
import { planStream } from '../../mock-agent/plan.ts';
import type { Report } from '../../reports/report.ts';
import { findScenario } from '../find-scenario.ts';
import { runScenario } from '../run.ts';

/**
 * `make bench`: what the line costs and how late it is as streams are added. About three minutes.
 *
 * Figures of one run on one machine: read the columns against each other, not against another day's.
 */
const steps = [250, 500, 1000, 1500];

const table = new Table({
  head: [
    'streams',
    'messages/s',
    'first chunk p50',
    'p99',
    'late p50',
    'p99',
    'agent late p99',
    'agent cores',
    'gateway cores',
    'client cores',
    'µs a message',
    'kB a stream',
  ],
  style: { head: [], border: [] },
  colAligns: Array.from({ length: 12 }, () => 'right' as const),
});

process.stdout.write(`a plan: ${planCost().toFixed(1)} µs\n`);
const benchmark = await findScenario('benchmark');
for (const streams of steps) {
  const load = { ...benchmark.load, streams, warmUpMs: 5000, windowMs: 10_000 };
  const { report } = await runScenario(
    { ...benchmark, load },
    { strict: false, signal: new AbortController().signal },
  );
  table.push(row(streams, report));
  process.stdout.write(`${streams} streams: ${report.judgement.verdict}\n`);
}
process.stdout.write(`${table.toString()}\n`);

/** Processor time of one plan of the healthy behaviour, in microseconds. */
function planCost(): number {
  const behaviour = behaviourSchema.parse({});
  const rounds = 5000;
  const request = { scenario: 'bench', prompt: '写一段500字的故事', model: 'gpt-4' };
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) {
    planStream(behaviour, 1, { ...request, key: `k-${round}` });
  }
  return process.cpuUsage(before).user / rounds;
}

function ms(value: number | undefined): string {
  return value === undefined ? '–' : `${value.toFixed(1)} ms`;
}

function row(streams: number, { metrics, health }: Report): (string | number)[] {
  const { agent, gateway, client } = health;
  const cores = (agent?.cpuCores ?? 0) + (gateway?.cpuCores ?? 0);
  const memoryMb = (agent?.rssMb ?? 0) + (gateway?.rssMb ?? 0);
  return [
    streams,
    Math.round(metrics.messagesPerSec),
    ms(metrics.firstChunkMs?.p50),
    ms(metrics.firstChunkMs?.p99),
    ms(metrics.latenessMs?.p50),
    ms(metrics.latenessMs?.p99),
    ms(agent?.latenessMs?.p99),
    (agent?.cpuCores ?? 0).toFixed(2),
    (gateway?.cpuCores ?? 0).toFixed(2),
    client.cpuCores.toFixed(2),
    ((cores * 1e6) / metrics.messagesPerSec).toFixed(1),
    ((memoryMb * 1024) / streams).toFixed(0),
  ];
}
