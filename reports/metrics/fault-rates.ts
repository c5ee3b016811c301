import { z } from 'zod';

/** How often a fault was planned and how often it struck; less if another one ended the stream first. */
export const faultRateSchema = z.strictObject({
  name: z.string(),
  probabilities: z
    .array(z.number().min(0).max(1))
    .describe('As the scenario asks for it, one for each entry that names it.'),
  struck: z.int().nonnegative().describe('Streams of the run that it struck by their plan.'),
  streams: z.int().nonnegative().describe('All planned streams of the run.'),
});

export type FaultRate = z.infer<typeof faultRateSchema>;
