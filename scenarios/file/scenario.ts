import { z } from 'zod';

import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { casesSchema } from '../../mock-agent/plan/cases.ts';
import type { DialectName } from '../../proto/dialects/dialect.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import { targetsSchema } from '../../reports/targets.ts';
import { loadSchema } from '../load/profile/profile.ts';

/**
 * A scenario file: the behaviour of the agent, the load, the targets. Each part's schema is defined by the
 * code that interprets it. Defaults are the numbers of the specification.
 */
export const scenarioSchema = z.strictObject({
  /** The version of the file format. */
  version: z.literal(1, { error: 'this release reads version 1' }),
  /** What the scenario rehearses, in a sentence. */
  description: wellFormedText.min(1),
  /** Decides every draw, together with the scenario's name and a request's key. */
  seed: z.int().default(1),
  behaviour: behaviourSchema.prefault({}),
  /** Other behaviours for some requests; the first case that matches a request applies. */
  cases: casesSchema.default([]),
  load: loadSchema.prefault({}),
  targets: targetsSchema,
});

/** A scenario with its source. */
export interface Scenario extends z.output<typeof scenarioSchema> {
  /** The name of its file, without the extension. */
  name: string;
  /** The path of its file. */
  file: string;
  /** The verbatim content of the file. */
  source: string;
  /** Keys of the load that the command line changed. */
  loadChanges?: { streams?: number; windowMs?: number; dialect?: DialectName };
  /** Every file that it consists of, its own first. */
  files: readonly string[];
}
