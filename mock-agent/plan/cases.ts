import { RE2JS } from 're2js';
import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import { behaviourSchema, type Behaviour } from './behaviour.ts';

/**
 * A regular expression of a user: RE2's syntax, which has no back-references and no look-around, and
 * so needs time in proportion to the text whatever the expression is.
 */
const patternSchema = wellFormedText.check(({ value, issues }) => {
  try {
    RE2JS.compile(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `no regular expression (RE2): ${reason}`;
    issues.push({ code: 'custom', input: value, message });
  }
});

/** Which requests a case is for: those that meet all of it. */
const whenSchema = z
  .strictObject({
    /** Text that the prompt contains, to the letter. */
    promptContains: wellFormedText.min(1).optional(),
    /** A regular expression that matches somewhere in the prompt. */
    promptMatches: patternSchema.optional(),
    model: wellFormedText.min(1).optional(),
    /** How often this key, or else this prompt and model, has been asked for, this time included. */
    nth: z.int().min(1).optional(),
  })
  .refine((when) => Object.values(when).some((condition) => condition !== undefined), {
    ...besideProblems,
    error: 'a case needs at least one of promptContains, promptMatches, model, nth',
  });

/** Behaviours for some requests, in the order in which they are tried. */
export const casesSchema = z.array(
  z.strictObject({ when: whenSchema, behaviour: behaviourSchema.prefault({}) }),
);

export type Cases = z.output<typeof casesSchema>;

type When = Cases[number]['when'];

/** The expressions of conditions, each compiled once. A scenario itself holds them as text. */
const compiled = new WeakMap<When, RE2JS>();

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

function meets(when: When, asked: Asked): boolean {
  const { promptContains, model, nth } = when;
  return (
    (promptContains === undefined || asked.prompt.includes(promptContains)) &&
    (model === undefined || model === asked.model) &&
    (nth === undefined || nth === asked.nth) &&
    matchesPrompt(when, asked.prompt)
  );
}

function matchesPrompt(when: When, prompt: string): boolean {
  if (when.promptMatches === undefined) return true;
  const pattern = compiled.get(when) ?? RE2JS.compile(when.promptMatches);
  compiled.set(when, pattern);
  return pattern.matcher(prompt).find();
}
