import { z } from 'zod';

import { percentageSchema } from '../../proto/percentage.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { finalTwice, textAfterFinal } from './after-final.ts';
import { burst } from './burst.ts';
import { crash, down } from './connection.ts';
import { errorField } from './error-field.ts';
import { errorStatus } from './error-status.ts';
import { emptyChunks, hugeChunk } from './extra-chunks.ts';
import type { Fault } from './fault.ts';
import { noFinal } from './no-final.ts';
import { refuse } from './refuse.ts';
import { silence } from './silence.ts';
import { slowAccept } from './slow-accept.ts';
import { stall } from './stall.ts';
import { trickle } from './trickle.ts';

/** Every fault there is; to add one, see docs/faults.md. */
const faults: readonly Fault[] = [
  refuse,
  slowAccept,
  errorStatus,
  errorField,
  stall,
  silence,
  trickle,
  burst,
  noFinal,
  finalTwice,
  textAfterFinal,
  emptyChunks,
  hugeChunk,
  crash,
  down,
];

/** A fault as a scenario sets it. */
export interface PlannedFault {
  name: string;
  /** From 0 to 1: an independent draw for each fault and each stream. */
  probability: number;
  /** What it does to a stream; undefined where that ends before it could strike. */
  strike(stream: PlannedStream): PlannedStream | undefined;
}

/** An entry of `faults:`: one fault by its name with its settings, and how often it strikes. */
const faultSchema = z
  .strictObject({
    probability: percentageSchema.prefault('100%'),
    ...Object.fromEntries(faults.map(({ name, settings }) => [name, settings.optional()])),
  })
  .transform(({ probability, ...named }, context): PlannedFault => {
    const set = new Map(Object.entries<unknown>(named).filter(([, value]) => value !== undefined));
    const [fault, other] = faults.filter(({ name }) => set.has(name));
    if (fault === undefined || other !== undefined) {
      const names = faults.map(({ name }) => name).join(', ');
      context.addIssue({
        code: 'custom',
        message: `each entry names one fault and its settings; there are ${names}`,
      });
      return z.NEVER;
    }
    const settings = set.get(fault.name);
    return { name: fault.name, probability, strike: (stream) => fault.apply(stream, settings) };
  });

/** Applied in the order in which they are listed, each to what those before it left of the stream. */
export const faultsSchema = z.array(faultSchema).check(({ value: list, issues }) => {
  const refusal = list.findIndex(({ name, probability }) => name === 'refuse' && probability === 1);
  const idle = list.findIndex((_, index) => refusal >= 0 && index !== refusal);
  if (idle >= 0) {
    issues.push({
      code: 'custom',
      input: list,
      path: [idle],
      message: `refuse always strikes here and leaves no stream for ${list[idle]?.name}; give it a probability or leave one out`,
    });
  }
});
