import { RE2JS } from 're2js';
import { z } from 'zod';

import { behaviourSchema, type Behaviour } from './behaviour.ts';

/**
 * A regular expression of a user: RE2's syntax, which has no back-references and no look-around, and
 * so needs time in proportion to the text whatever the expression is.
 */
const patternSchema = z.string().transform((source, context): RE2JS => {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: `no regular expression (RE2): ${said}` });
    return z.NEVER;
  }
});

/** Which requests a case is for: those that meet all of it. */
const whenSchema = z
  .strictObject({
    /** Text that the prompt contains, to the letter. */
    promptContains: z.string().min(1).optional(),
    /** A regular expression that matches somewhere in the prompt. */
    promptMatches: patternSchema.optional(),
    model: z.string().min(1).optional(),
    /** How often this key, or else this prompt and model, has been asked for, this time included. */
    nth: z.int().min(1).optional(),
  })
  .refine((when) => Object.values(when).some((condition) => condition !== undefined), {
    error: 'a case needs at least one of promptContains, promptMatches, model, nth',
  });

/** Behaviours for some requests, in the order in which they are tried. */
export const casesSchema = z.array(
  z.strictObject({ when: whenSchema, behaviour: behaviourSchema.prefault({}) }),
);

export type Cases = z.output<typeof casesSchema>;

/** What a request is chosen by. */
export interface Asked {
  prompt: string;
  model: string;
  nth: number;
}

/** The behaviour of the first case that a request meets, else the scenario's own. */
export function chooseBehaviour(
  { behaviour, cases }: { behaviour: Behaviour; cases: Cases },
  asked: Asked,
): Behaviour {
  return cases.find(({ when }) => meets(when, asked))?.behaviour ?? behaviour;
}

function meets(
  { promptContains, promptMatches, model, nth }: Cases[number]['when'],
  asked: Asked,
): boolean {
  return (
    (promptContains === undefined || asked.prompt.includes(promptContains)) &&
    (promptMatches === undefined || promptMatches.matcher(asked.prompt).find()) &&
    (model === undefined || model === asked.model) &&
    (nth === undefined || nth === asked.nth)
  );
}
