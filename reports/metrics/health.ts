import { z } from 'zod';

import { distributionSchema } from '../statistics/distribution.ts';

/** Health of one process of a run. */
const processHealth = {
  loopDelayMs: z
    .strictObject({ p50: z.number(), p99: z.number(), max: z.number() })
    .describe('How late the event loop came to its timers, the sampling interval taken off.'),
  cpuCores: z
    .number()
    .nonnegative()
    .describe('Processor time used per time passed: 1 is one core.'),
  lackedDescriptors: z
    .boolean()
    .optional()
    .describe('Whether the process was without a free file descriptor at any look, once a second.'),
  rssMb: z.number().nonnegative().describe('Resident memory at its highest, in MiB.'),
};

/** Health of the processes of a run; null for one that is not ours (`--target`). */
export const healthSchema = z.strictObject({
  client: z.strictObject(processHealth),
  agent: z
    .strictObject({
      ...processHealth,
      latenessMs: distributionSchema
        .nullable()
        .describe(
          'How late chunks left by the agent’s own clock, time spent waiting for flow control taken off: that is the reader’s doing. Null where none left.',
        ),
      streamsStarted: z.int().nonnegative(),
      streamsCancelled: z.int().nonnegative().describe('Calls that the gateway gave up (B4).'),
      chunksSent: z.int().nonnegative(),
    })
    .nullable(),
  gateway: z.strictObject(processHealth).nullable(),
});

export type Health = z.infer<typeof healthSchema>;
