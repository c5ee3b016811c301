import { z } from 'zod';

import { isConnected, type ExpectedOutcome, type JudgedSample } from '../sample.ts';

const count = z.int().nonnegative();
const share = z.number().min(0).max(1).nullable();

/** Streams that were to end in one way by their plan and ended in another. */
const differenceSchema = z.strictObject({
  foretold: z.string().describe('Outcome and detail by the plan, such as `rejected: status 503`.'),
  seen: z.string(),
  count: z.int().positive(),
});

/** What the plans of the judged streams foretold, held against what was seen. */
export const expectationsSchema = z.strictObject({
  asForetold: count.describe('Streams with the outcome, the detail and the text of their plan.'),
  otherwise: count.describe('Streams that the plan foretold otherwise.'),
  open: count.describe('Streams whose plan leaves open how they end.'),
  connectionSuccess: share.describe(
    'Share of the streams not foretold to be rejected that were answered as streams.',
  ),
  streamSuccess: share.describe('Share of the streams not foretold to fail that completed.'),
  failuresForetold: count.describe('Streams that were to end otherwise than completed.'),
  failuresOtherwise: count.describe('Those of them that did not end as planned.'),
  cancels: z
    .strictObject({
      expected: count.describe(
        'Streams of all phases that the client gave up, a second or more before their plan was over.',
      ),
      seen: count.describe('Calls that the agent saw given up (B4), for whatever reason.'),
    })
    .describe('Whether work stopped where clients had gone.'),
  pushedTooOften: count
    .optional()
    .describe(
      'Streams with more messages than the push interval allows (D2); absent where the gateway is ours.',
    ),
  differences: z
    .array(differenceSchema)
    .describe('Foretold against seen: the ten most frequent, most frequent first.'),
});

export type Expectations = z.infer<typeof expectationsSchema>;

const most = 10;

/**
 * Holds the outcomes of the judged streams against their plans.
 * @param cancels what the agent was to see of streams that were given up, and saw
 * @param contentTypeParameters whether a content type may have parameters
 * @returns null where no stream has a plan.
 */
export function holdAgainstPlans(
  samples: readonly JudgedSample[],
  cancels: Expectations['cancels'],
  contentTypeParameters = false,
): Expectations | null {
  if (samples.every(({ planned }) => planned === null)) return null;
  // What a client leaves on purpose its plan does not foretell.
  const judged = samples.filter(({ outcome }) => outcome !== 'left');
  const foretold = judged.filter((sample) => expectedOf(sample) !== null);
  const otherwise = foretold.filter((sample) => !isAsForetold(sample));
  const toFail = foretold.filter((sample) => expectedOf(sample)?.outcome !== 'completed');
  const toConnect = judged.filter((sample) => expectedOf(sample)?.outcome !== 'rejected');
  const toComplete = judged.filter(
    (sample) => (expectedOf(sample)?.outcome ?? 'completed') === 'completed',
  );
  const paced = judged.flatMap(({ planned }) => planned?.pushedTooOften ?? []);
  return {
    asForetold: foretold.length - otherwise.length,
    otherwise: otherwise.length,
    open: judged.length - foretold.length,
    connectionSuccess: shareOf(toConnect, (sample) => isConnected(sample, contentTypeParameters)),
    streamSuccess: shareOf(toComplete, ({ outcome }) => outcome === 'completed'),
    failuresForetold: toFail.length,
    failuresOtherwise: toFail.filter((sample) => !isAsForetold(sample)).length,
    cancels,
    ...(paced.length === 0 ? {} : { pushedTooOften: paced.filter(Boolean).length }),
    differences: countDifferences(otherwise),
  };
}

function expectedOf({ planned }: JudgedSample): ExpectedOutcome | null {
  return planned?.foretold ?? null;
}

/** Whether a stream has the outcome, the detail and the text of its plan. */
export function isAsForetold(sample: JudgedSample): boolean {
  const expected = expectedOf(sample);
  return (
    expected !== null &&
    expected.outcome === sample.outcome &&
    (expected.detail === '' || expected.detail === sample.detail) &&
    (expected.isResumed ?? isResumed(sample)) === isResumed(sample) &&
    sample.planned?.textMatches === true
  );
}

function countDifferences(samples: readonly JudgedSample[]): Expectations['differences'] {
  const differences = new Map<string, Expectations['differences'][number]>();
  for (const sample of samples) {
    const expected = expectedOf(sample);
    if (expected === null) continue;
    const foretold = words(expected, expected.isResumed);
    const text = sample.planned?.textMatches === false ? ', with other text' : '';
    const seen = words(sample, isResumed(sample)) + text;
    const name = JSON.stringify([foretold, seen]);
    const difference = differences.get(name) ?? { foretold, seen, count: 0 };
    difference.count += 1;
    differences.set(name, difference);
  }
  return [...differences.values()].sort((a, b) => b.count - a.count).slice(0, most);
}

function isResumed({ reconnects = 0 }: JudgedSample): boolean {
  return reconnects > 0;
}

function words({ outcome, detail }: ExpectedOutcome, wasResumed = false): string {
  const end = detail === '' ? outcome : `${outcome}: ${detail}`;
  return wasResumed ? `resumed, ${end}` : end;
}

function shareOf<T>(all: readonly T[], wanted: (one: T) => boolean): number | null {
  return all.length === 0 ? null : all.filter(wanted).length / all.length;
}
