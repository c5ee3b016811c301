import { parseDuration } from '../../../proto/notation/duration-notation.ts';
import { specifiedTargets } from '../../../proto/targets.ts';
import { longestPause } from './outcome.ts';
import type { Run } from './run.ts';

export interface Figure {
  name: string;
  value: string;
  isMissed: boolean;
}

const targetMs = ({ target }: { target: string }) => parseDuration(target);

/** First chunk and intervals beside their targets (E3). */
export function figuresOf(run: Run, nowMs: number): Figure[] {
  const { arrivalsMs, plan } = run;
  const [firstMs] = arrivalsMs;
  const lastMs = arrivalsMs.at(-1);
  const meanMs =
    firstMs === undefined || lastMs === undefined || arrivalsMs.length < 2
      ? undefined
      : (lastMs - firstMs) / (arrivalsMs.length - 1);
  return [
    figure('first chunk', firstMs, targetMs(specifiedTargets.firstChunk)),
    figure('planned', plan?.chunksMs[0]),
    figure('mean interval', meanMs, targetMs(specifiedTargets.interval)),
    figure('longest pause', longestPause(run, nowMs)?.ms),
    { name: 'messages', value: `${arrivalsMs.length}`, isMissed: false },
  ];
}

function figure(name: string, ms: number | undefined, targetMs?: number): Figure {
  if (ms === undefined) return { name, value: '–', isMissed: false };
  const target = targetMs === undefined ? '' : ` (target ${targetMs})`;
  const isMissed = targetMs !== undefined && ms >= targetMs;
  return { name, value: `${Math.round(ms)} ms${target}`, isMissed };
}
