import { z } from 'zod';

import { formatMs } from './quantity.ts';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

/** How late the measuring side may be, at the 99th percentile, before what it measured is worth nothing. */
export interface ValidityBounds {
  clientLoopDelayMs: number;
  startLagMs: number;
  agentLatenessMs: number;
}

/**
 * Half of the least target (interval, 100 ms: E3) for anything that falsifies a single chunk's time,
 * and a fifth of the first chunk's for the start. The gateway has no bound: its slowness is what is measured.
 */
const defaultBounds: ValidityBounds = {
  clientLoopDelayMs: 50,
  startLagMs: 100,
  agentLatenessMs: 50,
};

/** One question to the measuring side: were you in time? */
export const validityCheckSchema = z.strictObject({
  name: z.enum(['clientLoopDelay', 'startLag', 'agentLateness']),
  label: z.string(),
  p99Ms: z.number().nullable().describe('What was seen; null where nothing was measured.'),
  boundMs: z.number(),
  state: z.enum(['ok', 'too-late', 'not-measured']),
  reason: z.string().describe('What was seen, the bound and what to change. Empty where it is ok.'),
});

export type ValidityCheck = z.infer<typeof validityCheckSchema>;

/** Asks the load client and, where it is ours, the agent whether they were in time. */
export function checkValidity(
  metrics: Pick<Metrics, 'startLagMs'>,
  health: Health,
  bounds: ValidityBounds = defaultBounds,
): ValidityCheck[] {
  return [
    check({
      name: 'clientLoopDelay',
      label: 'load client, event loop',
      p99Ms: health.client.loopDelayMs.p99,
      boundMs: bounds.clientLoopDelayMs,
      cure: 'chunks were read late: run fewer streams, or the load on a machine of its own',
      unmeasured: 'the load client did not report it',
    }),
    check({
      name: 'startLag',
      label: 'load client, start of streams',
      p99Ms: metrics.startLagMs?.p99 ?? null,
      boundMs: bounds.startLagMs,
      cure: 'the load was not what was asked for: give it a longer ramp or fewer streams',
      unmeasured: 'no stream started in the window',
    }),
    check({
      name: 'agentLateness',
      label: 'mock agent, sending chunks',
      p99Ms: health.agent?.latenessMs?.p99 ?? null,
      boundMs: bounds.agentLatenessMs,
      cure: 'it missed its own plan: run fewer streams, or give it a core of its own',
      unmeasured: health.agent === null ? 'the agent is not ours' : 'the agent sent no chunk',
    }),
  ];
}

interface Question extends Pick<ValidityCheck, 'name' | 'label' | 'p99Ms' | 'boundMs'> {
  cure: string;
  unmeasured: string;
}

function check({ cure, unmeasured, ...asked }: Question): ValidityCheck {
  const { label, p99Ms, boundMs } = asked;
  if (p99Ms === null) return { ...asked, state: 'not-measured', reason: unmeasured };
  if (p99Ms <= boundMs) return { ...asked, state: 'ok', reason: '' };
  const seen = `${label}: ${formatMs(p99Ms)} late at p99, the bound is ${formatMs(boundMs)}`;
  return { ...asked, state: 'too-late', reason: `${seen}; ${cure}` };
}
