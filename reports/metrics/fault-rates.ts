import { z } from 'zod';

import { formatCount, formatRatio } from '../quantity.ts';

/** How often a fault was asked for, and how often it struck: less, where another ended the stream before. */
export const faultRateSchema = z.strictObject({
  name: z.string(),
  probabilities: z
    .array(z.number().min(0).max(1))
    .describe('As the scenario asks for it, one for each entry that names it.'),
  struck: z.int().nonnegative().describe('Streams of the run that it struck by their plan.'),
  streams: z.int().nonnegative().describe('All planned streams of the run.'),
});

export type FaultRate = z.infer<typeof faultRateSchema>;

/** Such as `stall 5% asked, 4.8% of 1,000 streams struck`. */
export function describeFaultRate({ name, probabilities, struck, streams }: FaultRate): string {
  const asked = probabilities.map((share) => formatRatio(share)).join(' + ');
  const share = streams === 0 ? 0 : struck / streams;
  return `${name} ${asked} asked, ${formatRatio(share)} of ${formatCount(streams)} streams struck`;
}
