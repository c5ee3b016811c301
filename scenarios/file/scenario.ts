import { z } from 'zod';

import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { casesSchema } from '../../mock-agent/plan/cases.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import { targetsSchema } from '../../reports/targets.ts';
import { loadSchema } from '../load/profile.ts';

/**
 * A scenario file: how the agent behaves, what load is put on it, what is expected of it.
 *
 * Every part belongs to the room that carries it out; here they are only put together. Whatever a
 * file leaves out has the specification's number.
 */
export const scenarioSchema = z.strictObject({
  /** The form of the file. */
  version: z.literal(1, { error: 'this release reads version 1' }),
  /** What it rehearses, in a sentence. */
  description: wellFormedText.min(1),
  /** Decides every draw, together with the scenario's name and a request's key. */
  seed: z.int().default(1),
  behaviour: behaviourSchema.prefault({}),
  /** Other behaviours for some requests; the first case that a request meets answers it. */
  cases: casesSchema.default([]),
  load: loadSchema.prefault({}),
  targets: targetsSchema,
});

/** A scenario that was read: its name is its file's. */
export interface Scenario extends z.output<typeof scenarioSchema> {
  name: string;
  /** Where it was read. */
  file: string;
  /** The file to the letter. */
  source: string;
  /** What the command line put in the place of keys of the load. */
  loadChanges?: { streams?: number; windowMs?: number };
  /** Every file that it was made of, its own first. */
  files: readonly string[];
}
