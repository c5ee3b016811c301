import type { Clause } from '../clause.ts';
import { departed, firstDeviation, kept, notTestable, type Judgement } from '../judgement.ts';
import type { Seen } from '../seen.ts';
import {
  describeResponse,
  headerOf,
  isStream,
  messagesOf,
  ofMessages,
  sameText,
  streamType,
} from './stream-facts.ts';

/** The specified alarms (E3); the targets are for runs, which measure longer. */
const alarms = { firstTextMs: 1000, intervalMs: 200, success: 0.95 };

/** E: tests and targets. */
export const targetClauses: readonly Clause[] = [
  {
    id: 'E1',
    title: 'the benchmark',
    says: 'Benchmark: the prompt `写一段500字的故事`, model `gpt-4`, streamed to its end without an error.',
    probes: ['benchmark'],
    judge: (seen) => {
      const [benchmark] = seen('benchmark');
      if (benchmark !== undefined && !isStream(benchmark.response)) {
        return departed({ expected: 'a stream', seen: describeResponse(benchmark.response) });
      }
      return ofMessages(
        benchmark,
        (each, messages) => sameText(each) ?? kept(`${messages.length} messages`),
      );
    },
  },
  {
    id: 'E2',
    title: 'the checks of the load test',
    says: "Load test: POST A2's body with a bearer token; checks: status 200, Content-Type is `text/event-stream`.",
    probes: ['one-connection'],
    judge: (seen) =>
      firstDeviation(
        seen('one-connection').map(({ response }, index) =>
          response.status === 200 && headerOf(response, 'content-type') === streamType
            ? kept('200')
            : departed({
                expected: `status 200 and ${streamType} for request ${index + 1} on one connection`,
                seen: describeResponse(response),
              }),
        ),
        `${seen('one-connection').length} requests on one connection`,
      ),
  },
  {
    id: 'E3',
    title: 'the targets, at fifty streams',
    says: 'Time to first chunk below 500 ms (alarm 1 s), mean interval between chunks below 100 ms (alarm 200 ms), more than 99 % of connections succeed (alarm 95 %). For 1000 streams: `rehearsal run --target`.',
    probes: ['at-once'],
    judge: (seen) => withinAlarms(seen('at-once')),
  },
];

function withinAlarms(all: readonly Seen[]): Judgement {
  const failed = all.find(({ response }) => !isStream(response));
  return judgeTargets({
    total: all.length,
    arrivals: all
      .filter(({ response }) => isStream(response))
      .map(({ response }) => messagesOf(response).map(({ atMs }) => atMs)),
    failed: failed === undefined ? '' : describeResponse(failed.response),
    missing: 'a stream has no message as B2 specifies it',
  });
}

interface StreamsAtOnce {
  /** How many streams were started. */
  total: number;
  /** When each text of those that succeeded came, in milliseconds. */
  arrivals: readonly (readonly number[])[];
  /** Says what came in place of a stream; empty if all succeeded. */
  failed: string;
  /** Says that a stream has no text. */
  missing: string;
}

/** Judges streams that were started at the same time by the specified alarms. */
export function judgeTargets({ total, arrivals, failed, missing }: StreamsAtOnce): Judgement {
  if (total === 0) return notTestable('the probe did not run');
  if (arrivals.length / total < alarms.success) {
    return departed({
      expected: `${total} of ${total} streams at once`,
      seen: `${arrivals.length}; another got ${failed}`,
    });
  }
  if (arrivals.some((times) => times.length === 0)) return notTestable(missing);
  const firstTextMs = percentile95(arrivals.map(([first = 0]) => first));
  const intervalMs = mean(
    arrivals.map(
      (times) => ((times.at(-1) ?? 0) - (times[0] ?? 0)) / Math.max(1, times.length - 1),
    ),
  );
  const words = `first text ${Math.round(firstTextMs)} ms (p95), interval ${Math.round(intervalMs)} ms (mean), ${arrivals.length} of ${total} streams`;
  return firstTextMs > alarms.firstTextMs || intervalMs > alarms.intervalMs
    ? departed({ expected: 'first text within 1 s, a mean interval within 200 ms', seen: words })
    : kept(words);
}

function percentile95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
