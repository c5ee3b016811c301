import { z } from 'zod';

import type { Expectations } from './expectations.ts';
import type { Health } from '../metrics/health.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { judgeTargets, targetResultSchema } from './target-results.ts';
import type { Targets } from '../targets.ts';
import type { Shard } from '../metrics/shards.ts';
import { checkValidity, validityCheckSchema } from './validity.ts';

/**
 * What a run comes to. `pass`: every judged target met. `warn`: one missed, none alarming.
 * `fail`: an alarm, or a missed target where the run was strict. `invalid`: no verdict, for the
 * measuring side was too late, the run was interrupted, or there was nothing to measure.
 */
const verdicts = ['pass', 'warn', 'fail', 'invalid'] as const;

export type Verdict = (typeof verdicts)[number];

export const judgementSchema = z.strictObject({
  verdict: z.enum(verdicts),
  targets: z.array(targetResultSchema),
  validity: z.array(validityCheckSchema),
  invalidReasons: z
    .array(z.string())
    .describe('Why there is no verdict. Empty where there is one.'),
});

/** A verdict with everything it rests on. */
export type Judgement = z.infer<typeof judgementSchema>;

/**
 * Judges a run.
 *
 * Targets are held against the metrics even of an invalid run, so that one can look; they do not
 * make its verdict.
 *
 * @param load `streams`: how many streams the load asked for at once, null where it asked for arrivals;
 *   `steady`: whether it asked for the same all through the window
 * @param options `strict`: a missed target fails the run, not only one beyond its alarm;
 *   `interrupted`: a signal ended the load, so there is no verdict;
 *   `shortages`: what the load client lacked to connect; `shards`: those of a merged run;
 *   `expectations`: what the plans of the streams foretold, null where they have none
 */
export function judge(
  metrics: Metrics,
  targets: Targets,
  load: { streams: number | null; steady: boolean },
  health: Health,
  options: {
    strict: boolean;
    interrupted?: boolean;
    shortages?: readonly string[];
    shards?: readonly Shard[];
    expectations: Expectations | null;
  },
): Judgement {
  const results = judgeTargets(metrics, targets, load, options.expectations);
  const { steady } = load;
  const validity = checkValidity(metrics, health, { steady, shards: options.shards ?? [] });
  const invalidReasons = [
    ...nothingToJudge(metrics, options),
    ...(options.shortages ?? []),
    ...validity.filter((check) => check.state === 'beyond').map((check) => check.reason),
  ];
  return {
    verdict: invalidReasons.length > 0 ? 'invalid' : fold(results, options.strict),
    targets: results,
    validity,
    invalidReasons,
  };
}

function fold(results: Judgement['targets'], strict: boolean): Verdict {
  const has = (state: string) => results.some((result) => result.state === state);
  if (has('alarm') || (strict && has('missed'))) return 'fail';
  return has('missed') ? 'warn' : 'pass';
}

function nothingToJudge(
  { streams }: Metrics,
  { interrupted = false }: { interrupted?: boolean },
): string[] {
  // Advice on the load would be out of place: it did not come to its end.
  if (interrupted) {
    return ['the run was interrupted, and streams that were open are not counted: run it again'];
  }
  if (streams.judged > 0) return [];
  return streams.started === 0
    ? ['no stream started in the window: make it longer than one stream takes']
    : [`all ${streams.started} streams of the window were still open when the load ended`];
}
