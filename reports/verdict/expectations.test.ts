import { expect, test } from 'vitest';

import { holdAgainstPlans as holdWithCancels } from './expectations.ts';
import { buildReport } from '../build-report.ts';
import type { ExpectedOutcome, JudgedSample } from '../sample.ts';
import { exampleFacts } from '../testing/example-run.ts';
import { makePlanned, makeSample } from '../testing/make-sample.ts';
import { describeExpectations } from '../render/words.ts';

function planned(foretold: ExpectedOutcome | null, textMatches = true) {
  return makePlanned({ textMatches, foretold });
}

const toComplete = planned({ outcome: 'completed', detail: '' });
const toFail = planned({ outcome: 'failed', detail: 'GENERATION_ERROR' });
const toBeRejected = planned({ outcome: 'rejected', detail: 'status 503 AGENT_UNAVAILABLE' });

const good = makeSample({ planned: toComplete });
const failed = makeSample({ outcome: 'failed', detail: 'GENERATION_ERROR', planned: toFail });
const rejected = makeSample({
  outcome: 'rejected',
  detail: 'status 503 AGENT_UNAVAILABLE',
  status: 503,
  contentType: 'application/json',
  planned: toBeRejected,
});

const noCancels = { expected: 0, seen: 0 };
const holdAgainstPlans = (judged: JudgedSample[]) => holdWithCancels(judged, noCancels);

const times = (count: number, sample: JudgedSample) => Array.from({ length: count }, () => sample);

test('streams without a plan have nothing to be held against', () => {
  expect(holdAgainstPlans([makeSample(), makeSample()])).toBeNull();
});

test('failures that were to be take nothing from the shares', () => {
  expect(holdAgainstPlans([...times(5, good), ...times(3, failed), ...times(2, rejected)])).toEqual(
    {
      asForetold: 10,
      otherwise: 0,
      open: 0,
      connectionSuccess: 1,
      streamSuccess: 1,
      failuresForetold: 5,
      failuresOtherwise: 0,
      cancels: noCancels,
      differences: [],
    },
  );
});

test('where every stream is to fail or to be rejected there is no share to judge', () => {
  expect(holdAgainstPlans([failed, failed])).toMatchObject({
    connectionSuccess: 1,
    streamSuccess: null,
  });
  expect(holdAgainstPlans([rejected])).toMatchObject({
    connectionSuccess: null,
    streamSuccess: null,
  });
});

test('a stream that was resumed without a planned break went otherwise, and so did one that was not', () => {
  const whole = { ...good, reconnects: 0 };
  const resumed = { ...good, reconnects: 2 };
  const toBeResumed = planned({ outcome: 'completed', detail: '', isResumed: true });
  const notToBe = planned({ outcome: 'completed', detail: '', isResumed: false });
  expect(
    holdAgainstPlans([
      { ...resumed, planned: toBeResumed },
      { ...whole, planned: notToBe },
      { ...resumed, planned: notToBe },
      { ...whole, planned: toBeResumed },
    ]),
  ).toMatchObject({
    asForetold: 2,
    otherwise: 2,
    differences: [
      { foretold: 'completed', seen: 'resumed, completed', count: 1 },
      { foretold: 'resumed, completed', seen: 'completed', count: 1 },
    ],
  });
});

test('deviations are listed as planned and seen, the most frequent first', () => {
  const stalled = makeSample({ outcome: 'stalled', detail: 'no text for 30 s' });
  const expectations = holdAgainstPlans([
    ...times(4, good),
    { ...stalled, planned: toComplete },
    ...times(2, { ...good, planned: toFail }),
    { ...failed, planned: { ...toFail, textMatches: false } },
    { ...failed, detail: 'TIMEOUT' },
  ]);
  expect(expectations).toEqual({
    asForetold: 4,
    otherwise: 5,
    open: 0,
    connectionSuccess: 1,
    streamSuccess: 0.8,
    failuresForetold: 4,
    failuresOtherwise: 4,
    cancels: noCancels,
    differences: [
      { foretold: 'failed: GENERATION_ERROR', seen: 'completed', count: 2 },
      { foretold: 'completed', seen: 'stalled: no text for 30 s', count: 1 },
      {
        foretold: 'failed: GENERATION_ERROR',
        seen: 'failed: GENERATION_ERROR, with other text',
        count: 1,
      },
      { foretold: 'failed: GENERATION_ERROR', seen: 'failed: TIMEOUT', count: 1 },
    ],
  });
});

test('a stream whose plan leaves its end open succeeds when it completes', () => {
  const open = makeSample({ planned: planned(null) });
  const reset = makeSample({ outcome: 'reset', planned: planned(null) });
  const expectations = holdAgainstPlans([open, reset, good]);
  expect(expectations).toMatchObject({ asForetold: 1, otherwise: 0, open: 2 });
  expect(expectations?.streamSuccess).toBe(2 / 3);
  expect(expectations && describeExpectations(expectations)).toBe(
    '1 of 3 streams as planned, 0 otherwise, 2 left open by their plan',
  );
});

const verdictOf = (...samples: JudgedSample[]) =>
  buildReport(exampleFacts({ load: { ...exampleFacts().load, streams: 5 } }), samples).judgement
    .verdict;

test('a run whose every stream fails by its plan passes', () => {
  expect(verdictOf(...times(20, failed))).toBe('pass');
  expect(verdictOf(...times(10, failed), ...times(10, rejected), good)).toBe('pass');
});

test('one planned failure of many that does not happen fails the run', () => {
  expect(verdictOf(...times(1000, good), { ...good, planned: toFail })).toBe('fail');
});

test('a planned failure after another text than planned fails the run', () => {
  expect(verdictOf(failed, { ...failed, planned: { ...toFail, textMatches: false } })).toBe('fail');
});

test('streams that fail without a plan to fail are judged by the targets', () => {
  const unplanned = makeSample({ outcome: 'reset', planned: toComplete });
  expect(verdictOf(...times(1000, good), unplanned)).toBe('pass');
  expect(verdictOf(...times(98, good), ...times(2, unplanned))).toBe('warn');
  expect(verdictOf(...times(9, good), unplanned)).toBe('fail');
});

test('a stream that the client left on purpose is neither a success nor a failure', () => {
  const left = makeSample({ outcome: 'left', planned: toComplete });
  expect(holdAgainstPlans([good, left])).toMatchObject({
    asForetold: 1,
    otherwise: 0,
    open: 0,
    streamSuccess: 1,
  });
  expect(verdictOf(...times(10, good), ...times(10, left))).toBe('pass');
  expect(verdictOf(...times(10, good), ...times(10, { ...left, planned: toFail }))).toBe('pass');
});

test('an agent that goes on with what clients gave up fails the run', () => {
  const facts = exampleFacts({ load: { ...exampleFacts().load, streams: 5 } });
  const seen = facts.health.agent?.streamsCancelled ?? 0;
  const verdict = (givenUp: number) =>
    buildReport({ ...facts, givenUp }, times(10, good)).judgement.verdict;
  expect(verdict(seen)).toBe('pass');
  expect(verdict(seen + 1)).toBe('fail');
});
