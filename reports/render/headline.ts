import { causeOf } from './cause.ts';
import {
  formatCount,
  formatMs,
  formatQuantity,
  formatRate,
  formatSec,
  plural,
} from '../quantity.ts';
import type { Report } from '../report.ts';
import { describeTransport } from './words.ts';

/**
 * Returns the verdict in a sentence or two, the same in every rendering, with the cause of missed targets
 * first.
 *
 * Plain text, to be escaped: the cause quotes what a server wrote.
 */
export function headline(report: Report): string {
  const cause = causeOf(report);
  return cause === null ? verdictSentence(report) : `${cause.text}. ${verdictSentence(report)}`;
}

function verdictSentence({ judgement, strict, interrupted, load }: Report): string {
  if (interrupted) {
    return `Interrupted after ${formatSec(load.windowSec)} of the window: the figures are of that part, and there is no verdict.`;
  }
  if (judgement.verdict === 'invalid') {
    return 'This run judges nothing: the measuring side could not answer for its numbers.';
  }
  const judged = judgement.targets.filter((target) => target.state !== 'not-judged');
  const alarms = judged.filter((target) => target.state === 'alarm');
  const missed = judged.filter((target) => target.state === 'missed');
  if (alarms.length > 0) {
    const missedToo = missed.length > 0 ? `; missed: ${namesOf(missed)}` : '';
    return `Beyond the alarm: ${namesOf(alarms)}${missedToo}.`;
  }
  if (missed.length > 0) {
    const grace = strict ? 'The run is strict' : 'None is beyond its alarm';
    return `Missed: ${namesOf(missed)}. ${grace}.`;
  }
  return judged.length === 1
    ? 'The one judged target is met.'
    : `All ${judged.length} judged targets are met.`;
}

/** The basis of the verdict: `2,410 streams judged; 1,000 at once were requested; seed 42`. */
export function basis({ metrics, load, arrivals, seed, target }: Report): string {
  const { judged } = metrics.streams;
  const requested =
    load.streams === null
      ? `${formatRate(arrivals?.requestedPerSec ?? 0)} a second were requested`
      : `${formatCount(load.streams)} at once were requested`;
  const transport = describeTransport(load);
  const way = transport === '' ? '' : `; by ${transport}`;
  const format = load.dialect === 'specified' ? '' : `; format ${load.dialect}`;
  const trust = target.insecure ? '; the certificate of the target was not checked' : '';
  return `${plural(judged, 'stream')} judged; ${requested}; seed ${seed}${format}${way}${trust}`;
}

/**
 * A note on lateness for scenarios that slow down under load: the plan is that of an idle agent. Empty
 * for other scenarios, and without a plan.
 */
export function slowingNote({ slowsWithLoad, metrics }: Report): string {
  return slowsWithLoad && metrics.latenessMs !== null
    ? 'This scenario slows down with load: lateness against the plan includes it.'
    : '';
}

/**
 * Says who was late in a run of a gateway that is not ours, before our own agent. Empty for other runs, and
 * without a message to judge.
 */
export function latenessNote({ target, metrics }: Report): string {
  if (!target.middle || metrics.latenessByHop === null) return '';
  const { requestMs, agentMs, gatewayMs, clientMs } = metrics.latenessByHop;
  const hops = [
    { name: 'the gateway', times: gatewayMs },
    { name: 'our agent', times: agentMs },
    { name: 'our load client', times: clientMs },
    { name: 'the request on its way to our agent', times: requestMs },
  ]
    .flatMap(({ name, times }) => (times === null ? [] : [{ name, times }]))
    .toSorted((a, b) => b.times.p95 - a.times.p95);
  const late = hops.map(({ name, times }) => `${name} by ${formatMs(times.p95)}`);
  return `Late at the 95th percentile, the latest first: ${late.join(', ')}.`;
}

function namesOf(targets: Report['judgement']['targets']): string {
  return targets
    .map(({ label, value, unit }) => `${label} (${formatQuantity(value, unit)})`)
    .join(', ');
}
