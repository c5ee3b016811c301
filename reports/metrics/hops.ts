import { z } from 'zod';

import { distributionSchema, summarize } from '../statistics/distribution.ts';
import type { JudgedSample, LatenessByHop } from '../sample.ts';

const hop = distributionSchema.nullable();

/** Lateness by hop: each is measured against its own input, so they do not add up exactly. */
export const hopsSchema = z.strictObject({
  requestMs: hop.describe('From the start of a stream to the agent’s having its request.'),
  agentMs: hop.describe('Chunks sent by the agent after their plan.'),
  gatewayMs: hop.describe('Messages sent by the gateway after the chunk and the push interval.'),
  clientMs: hop.describe('Messages read by the load client after they were sent.'),
});

export type Hops = z.infer<typeof hopsSchema>;

/** Pools the lateness of streams by hop; null if unknown. */
export function summarizeHops(samples: readonly JudgedSample[]): Hops | null {
  const known = samples.flatMap(({ planned }) => planned?.hops ?? []);
  if (known.length === 0) return null;
  const pool = (name: Exclude<keyof LatenessByHop, 'requestMs'>) =>
    summarize(known.flatMap((hops) => hops[name]));
  return {
    requestMs: summarize(known.map(({ requestMs }) => requestMs)),
    agentMs: pool('agentMs'),
    gatewayMs: pool('gatewayMs'),
    clientMs: pool('clientMs'),
  };
}
