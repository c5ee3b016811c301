import { z } from 'zod';

import { extendedBy, isReading, type ClauseFacts } from './clause.ts';
import type { ClauseResult } from './check-subject.ts';
import { numbersSchema, type Numbers } from './numbers.ts';

/**
 * - `ok`: kept
 * - `broken`: against the specification's own words
 * - `differs`: against a Reading of this project, not against the specification's words
 * - `not testable`: what was seen says nothing about it
 * - `skipped`: as asked
 */
const answers = ['ok', 'broken', 'differs', 'not testable', 'skipped'] as const;

export type Answer = (typeof answers)[number];

const clauseSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  /** What the specification says, or its Reading. */
  says: z.string(),
  kind: z.enum(['requirement', 'reading']),
  answer: z.enum(answers),
  /** Whether the list of known failures has it. */
  known: z.boolean(),
  /** What was seen; for a clause that is not testable, the reason. */
  seen: z.string(),
  /** What should have been seen; null for a clause that is kept. */
  expected: z.string().nullable(),
  /** The first place that is wrong. */
  at: z
    .strictObject({
      /** In the body of the response, from 0. */
      byte: z.number().optional(),
      /** In milliseconds after the request. */
      ms: z.number().optional(),
    })
    .nullable(),
  /** The bytes there. */
  excerpt: z.string().nullable(),
  /** The requests that show it. */
  probes: z.array(z.strictObject({ name: z.string(), does: z.string() })),
  /** The command that checks this clause alone. */
  again: z.string(),
});

/** The content of `check.json`. */
const checkReportSchema = z.strictObject({
  version: z.literal(1),
  /** The version of this tool. */
  tool: z.string(),
  /** When the check began, ISO 8601. */
  startedAt: z.string(),
  durationMs: z.number(),
  subject: z
    .string()
    .describe(
      'What was checked: the URL of a gateway, or the address of an agent, after grpcs:// if it was over TLS.',
    ),
  insecure: z
    .boolean()
    .describe('Whether any certificate of the gateway was accepted (--insecure).'),
  numbers: numbersSchema,
  /** The command that checks it again. */
  command: z.string(),
  clauses: z.array(clauseSchema),
});

export type CheckReport = z.output<typeof checkReportSchema>;

export type CheckedClause = CheckReport['clauses'][number];

/** Returns the JSON Schema of `check.json`. */
export function checkJsonSchema(): object {
  return { title: 'Rehearsal check', ...z.toJSONSchema(checkReportSchema) };
}

export interface CheckFacts {
  tool: string;
  startedAt: Date;
  durationMs: number;
  subject: string;
  /** Whether any certificate of the gateway was accepted. */
  insecure: boolean;
  numbers: Numbers;
  known: ReadonlySet<string>;
  /** The command that checks it again. */
  command: string;
  /** Says what a probe does. */
  does(probe: string): string;
}

export function buildCheckReport(
  results: readonly ClauseResult[],
  { startedAt, known, does, ...facts }: CheckFacts,
): CheckReport {
  return {
    version: 1,
    ...facts,
    startedAt: startedAt.toISOString(),
    clauses: results.map(({ clause, judgement }) => {
      const departed = judgement?.is === 'departed' ? judgement : null;
      return {
        id: clause.id,
        title: clause.title,
        says: clause.says,
        kind: isReading(clause) ? 'reading' : 'requirement',
        answer: answerOf(clause, judgement),
        known:
          known.has(clause.id) ||
          (judgement?.is === 'not testable' && known.has(extendedBy(clause))),
        seen:
          judgement === null
            ? ''
            : judgement.is === 'not testable'
              ? judgement.reason
              : judgement.seen,
        expected: departed?.expected ?? null,
        at: departed?.at ?? null,
        // Empty beyond the bytes that are kept.
        excerpt: departed?.excerpt || null,
        probes: clause.probes.map((name) => ({ name, does: does(name) })),
        again: `${facts.command} --only ${clause.id}`,
      };
    }),
  };
}

function answerOf(clause: ClauseFacts, judgement: ClauseResult['judgement']): Answer {
  if (judgement === null) return 'skipped';
  if (judgement.is === 'kept') return 'ok';
  if (judgement.is === 'not testable') return judgement.is;
  return isReading(clause) ? 'differs' : 'broken';
}

/** What a check comes to. A clause that is known to fail counts as `known` alone. */
export function countAnswers({ clauses }: CheckReport): Record<Answer | 'known', number> {
  const counts = { ok: 0, broken: 0, differs: 0, 'not testable': 0, skipped: 0, known: 0 };
  for (const { answer, known } of clauses) counts[isKnown(answer, known) ? 'known' : answer] += 1;
  return counts;
}

const isKnown = (answer: Answer, known: boolean): boolean =>
  known && answer !== 'ok' && answer !== 'skipped';

/** Returns the clauses that are listed as known failures and are kept. */
export function keptThoughKnown({ clauses }: CheckReport): CheckedClause[] {
  return clauses.filter(({ answer, known }) => known && answer === 'ok');
}
