import { formatRatio } from '../quantity.ts';
import type { Report } from '../report.ts';
import type { TargetResult } from '../verdict/target-results.ts';

/**
 * Says that a share is judged by the plans of the streams, and what it is of all streams: a run of
 * planned failures is as good as 100 %. Empty where both are the same.
 */
export function planNote(
  { expectations, metrics }: Pick<Report, 'expectations' | 'metrics'>,
  { name }: Pick<TargetResult, 'name'>,
): string {
  if (expectations === null) return '';
  if (name !== 'connectionSuccess' && name !== 'streamSuccess') return '';
  const share = metrics[name];
  if (share === null || share === expectations[name]) return '';
  const { asForetold, otherwise } = expectations;
  const foretold = asForetold + otherwise;
  const asPlanned =
    foretold === 0 ? '' : `ended as planned ${formatRatio(asForetold / foretold)}, `;
  return name === 'streamSuccess'
    ? `judged by plan: ${asPlanned}${formatRatio(share)} completed`
    : `judged by plan: of all streams ${formatRatio(share)} connected`;
}

/** Why a target is not met, and by what it is judged; empty where there is nothing to say. */
export function explainTarget(report: Report, target: TargetResult): string {
  return [target.reason, planNote(report, target)].filter((text) => text !== '').join('; ');
}
