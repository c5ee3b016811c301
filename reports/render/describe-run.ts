import { describeArrivals, describeFaultRate, describeTarget, describeTransport } from './words.ts';
import { describeShards } from './shards.ts';
import { formatBytes, formatCount, formatRate, formatSec } from '../quantity.ts';
import type { Report } from '../report.ts';

/**
 * Describes the run, its time and its machine: names with values, in display order.
 *
 * Plain text, to be escaped: it contains addresses and machine names.
 */
export function describeRun(report: Report): Record<string, string> {
  const { arrivals, environment, load, metrics, target } = report;
  const transport = describeTransport(load);
  const started = report.startedAt.replace('T', ' ').replace(/\.\d+/, '').replace('Z', ' UTC');
  return {
    target: `${target.url} (${describeTarget(target)})${target.insecure ? ', certificate not checked' : ''}`,
    ...(load.dialect === 'specified' ? {} : { format: load.dialect }),
    ...(transport === '' ? {} : { transport }),
    load: [
      load.streams === null ? 'arrivals' : `${formatCount(load.streams)} streams at once`,
      ...(load.total === null ? [] : [`${formatCount(load.total)} in all`]),
      `ramp ${formatSec(load.rampSec)}`,
      `warm-up ${formatSec(load.warmUpSec)}`,
      `window ${formatSec(load.windowSec)}`,
    ].join(', '),
    ...(arrivals === null ? {} : { arrivals: describeArrivals(arrivals) }),
    ...(report.shards.length === 0 ? {} : { shards: describeShards(report.shards) }),
    'streams open': `${formatCount(metrics.peakConcurrency)} at most, ${formatRate(metrics.meanConcurrency)} on average in the window`,
    messages: `${formatRate(metrics.messagesPerSec)} a second in the window, ${formatBytes(metrics.bytesPerSec)}/s`,
    ...(report.faults.length === 0
      ? {}
      : { faults: report.faults.map(describeFaultRate).join('; ') }),
    seed: String(report.seed),
    judging: report.strict ? 'strict: a missed target fails' : 'only an alarm fails',
    started: `${started}, took ${formatSec(report.durationSec)}`,
    machine: [
      `${environment.cpus} × ${environment.cpuModel}`,
      `${formatRate(environment.memoryGb)} GB`,
      `${environment.platform} ${environment.arch}`,
      ...(environment.ci ? ['CI'] : []),
    ].join(', '),
    versions: `rehearsal ${report.tool.version}, Node ${environment.node}`,
  };
}
