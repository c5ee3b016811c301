import { RE2JS } from 're2js';
import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import { behaviourSchema, type Behaviour } from './behaviour.ts';

/**
 * A regular expression of a user, in RE2's syntax: without back-references and look-around it takes linear
 * time.
 */
const patternSchema = wellFormedText.check(({ value, issues }) => {
  try {
    RE2JS.compile(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `not a regular expression (RE2): ${reason}`;
    issues.push({ code: 'custom', input: value, message });
  }
});

/** The conditions of a case; a request must meet all of them. */
const whenSchema = z
  .strictObject({
    /** Text that the prompt contains, case-sensitive. */
    promptContains: wellFormedText.min(1).optional(),
    /** A regular expression that matches somewhere in the prompt. */
    promptMatches: patternSchema.optional(),
    model: wellFormedText.min(1).optional(),
    /** The number of the request among those with the same key (without a key: prompt and model), from 1. */
    nth: z.int().min(1).optional(),
  })
  .refine((when) => Object.values(when).some((condition) => condition !== undefined), {
    ...besideProblems,
    error: 'a case needs at least one of promptContains, promptMatches, model, nth',
  });

/** Behaviours for some requests; the first match counts. */
export const casesSchema = z.array(
  z.strictObject({ when: whenSchema, behaviour: behaviourSchema.prefault({}) }),
);

export type Cases = z.output<typeof casesSchema>;

type When = Cases[number]['when'];

/** The compiled expressions of conditions. Scenarios contain them as text, so that they stay plain data. */
const compiled = new WeakMap<When, RE2JS>();

/** The properties of a request that conditions read. */
export interface CaseRequest {
  prompt: string;
  model: string;
  nth: number;
}

/** Returns the behaviour of the first matching case, or the scenario's own. */
export function chooseBehaviour(
  { behaviour, cases }: { behaviour: Behaviour; cases: Cases },
  request: CaseRequest,
): Behaviour {
  return cases.find(({ when }) => matches(when, request))?.behaviour ?? behaviour;
}

function matches(when: When, request: CaseRequest): boolean {
  const { promptContains, model, nth } = when;
  return (
    (promptContains === undefined || request.prompt.includes(promptContains)) &&
    (model === undefined || model === request.model) &&
    (nth === undefined || nth === request.nth) &&
    matchesPrompt(when, request.prompt)
  );
}

function matchesPrompt(when: When, prompt: string): boolean {
  if (when.promptMatches === undefined) return true;
  const pattern = compiled.get(when) ?? RE2JS.compile(when.promptMatches);
  compiled.set(when, pattern);
  return pattern.matcher(prompt).find();
}
