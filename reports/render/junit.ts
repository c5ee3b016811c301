import { causeOf, type Cause } from './cause.ts';
import { describeExpectations } from './words.ts';
import { describeRun } from './describe-run.ts';
import { markup, type Markup } from '../markup.ts';
import { explainTarget } from './plan-note.ts';
import { formatQuantity } from '../quantity.ts';
import { shardCells, shardHeads, shownShards } from './shards.ts';
import type { Report } from '../report.ts';
import { alarmWords, targetWords, type TargetResult } from '../verdict/target-results.ts';

/** One test of the suite. */
interface TestCase {
  name: string;
  /** The measured value, shown for every result. */
  value: string;
  /** Null if it passed. */
  end: { kind: 'failure' | 'error' | 'skipped'; message: string } | null;
}

/**
 * Renders `junit.xml`, for the test views of CI systems: one suite, with a test for each target, one for
 * the run's validity, and one for the plans where the agent is ours.
 *
 * A test fails if it made the run fail: a missed target passes, with the miss in its output, unless the
 * run was strict. An invalid run is an error of the validity test; the others are skipped.
 *
 * Elements and attributes follow Jenkins' `junit-10.xsd`, the union of what readers support.
 */
export function renderJunit(report: Report): string {
  const { scenario, durationSec, startedAt } = report;
  const cause = causeOf(report);
  const tests = [
    ...report.judgement.targets.map((target) => testTarget(report, target, cause)),
    ...testPlans(report),
    testValidity(report),
  ];
  const count = (kind: string) => tests.filter(({ end }) => end?.kind === kind).length;
  const time = durationSec.toFixed(3);
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="rehearsal" tests="${tests.length}" failures="${count('failure')}" errors="${count('error')}" time="${time}">
  <testsuite name="${scenario.name}" tests="${tests.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${time}" timestamp="${startedAt.slice(0, 19)}">
    <properties>
${Object.entries(describeRun(report)).map(property)}    </properties>
${tests.map((test) => testCase(scenario.name, test))}  </testsuite>
</testsuites>
`.markup;
}

function testTarget(report: Report, target: TargetResult, cause: Cause | null): TestCase {
  const { judgement, strict } = report;
  const { label, statistic, value, unit, reason } = target;
  const explained = explainTarget(report, target);
  const result = `seen ${formatQuantity(value, unit)}, wanted ${targetWords(target)}, alarm ${alarmWords(target)}`;
  return {
    name: `${label}, ${statistic}`,
    value: explained === '' ? result : `${result}; ${explained}`,
    end: endOf(),
  };

  function endOf(): TestCase['end'] {
    if (target.state === 'not-judged') return { kind: 'skipped', message: reason };
    if (judgement.verdict === 'invalid') return runInvalid;
    if (!failsRun(target, strict)) return null;
    const why = cause?.targets.includes(target.name) === true ? `${cause.text}; ` : '';
    return { kind: 'failure', message: why + reason };
  }
}

/** Targets that streams miss by deviating from their plans. */
const byPlan: ReadonlySet<TargetResult['name']> = new Set([
  'connectionSuccess',
  'streamSuccess',
  'failuresOtherwise',
  'textMismatches',
]);

function testPlans({ expectations, judgement, strict }: Report): TestCase[] {
  if (expectations === null) return [];
  const { asForetold, otherwise, differences } = expectations;
  const summary = describeExpectations(expectations);
  const kinds = differences.map(({ foretold, seen, count }) => `${count} × ${foretold} -> ${seen}`);
  return [
    {
      name: 'streams as planned',
      value: [summary, ...kinds].join('\n'),
      end: endOf(),
    },
  ];

  function endOf(): TestCase['end'] {
    if (judgement.verdict === 'invalid') return runInvalid;
    if (asForetold + otherwise === 0) {
      return { kind: 'skipped', message: 'no judged stream has a plan that says how it ends' };
    }
    const failing = judgement.targets.filter((target) => failsRun(target, strict));
    return otherwise > 0 && failing.some(({ name }) => byPlan.has(name))
      ? { kind: 'failure', message: summary }
      : null;
  }
}

function testValidity({ judgement, shards }: Report): TestCase {
  const { invalidReasons, validity } = judgement;
  return {
    name: 'validity: the measuring side was in time and steady',
    value: [
      ...validity.map(
        ({ label, statistic, value, bound, unit }) =>
          `${label}: ${statistic} ${formatQuantity(value, unit)}, bound ${formatQuantity(bound, unit)}`,
      ),
      ...shownShards(shards).shown.map(describeShard),
    ].join('\n'),
    end:
      judgement.verdict === 'invalid'
        ? { kind: 'error', message: invalidReasons.join('; ') }
        : null,
  };
}

/** Such as `shard 2, streams 1,204, started after 3 ms, …`. */
function describeShard(shard: Report['shards'][number]): string {
  const heads = shardHeads.map((head) => head.replace('>', ''));
  return shardCells(shard)
    .map((cell, index) => `${heads[index] ?? ''} ${cell}`)
    .join(', ');
}

const runInvalid = { kind: 'skipped', message: 'the run is invalid and judges nothing' } as const;

function failsRun({ state }: TargetResult, strict: boolean): boolean {
  return state === 'alarm' || (strict && state === 'missed');
}

function property([name, value]: [string, string]): Markup {
  return markup`      <property name="${name}" value="${value}"/>\n`;
}

function testCase(suite: string, { name, value, end }: TestCase): Markup {
  return markup`    <testcase classname="rehearsal.${suite}" name="${name}">
${end === null ? null : outcome(end)}      <system-out>${value}</system-out>
    </testcase>
`;
}

function outcome({ kind, message }: NonNullable<TestCase['end']>): Markup {
  const attributes = markup`type="rehearsal" message="${message}"`;
  if (kind === 'skipped') return markup`      <skipped ${attributes}/>\n`;
  return kind === 'error'
    ? markup`      <error ${attributes}>${message}</error>\n`
    : markup`      <failure ${attributes}>${message}</failure>\n`;
}
