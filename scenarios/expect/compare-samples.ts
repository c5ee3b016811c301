import { gatewayOptionsSchema } from '../../gateway/options.ts';
import type { Behaviour } from '../../mock-agent/plan/behaviour.ts';
import { chooseBehaviour } from '../../mock-agent/plan/cases.ts';
import { hasTrait } from '../../mock-agent/faults/index.ts';
import { faultRates } from '../../mock-agent/faults/rates.ts';
import { planStream, type StreamPlan } from '../../mock-agent/plan/plan.ts';
import type { RunFacts } from '../../reports/build-report.ts';
import type { JudgedSample, StreamSample } from '../../reports/sample.ts';
import { compareWithPlan } from './compare-with-plan.ts';
import { expectOutcome } from './expect-outcome.ts';
import type { Scenario } from '../file/scenario.ts';
import { createSharedBreaks, expectBroken } from './shared-breaks.ts';
import { splitLateness, type SentByHop } from './split-lateness.ts';

/** What the streams of a load were to be. */
export interface LoadPlans {
  behaviour: Behaviour;
  of(stream: Pick<StreamSample, 'key'>): StreamPlan;
}

export function plansOf(scenario: Scenario, seed: number): LoadPlans {
  const { prompt, model } = scenario.load.request;
  // The load gives every stream a key of its own, so each is asked for once.
  const behaviour = chooseBehaviour(scenario, { prompt, model, nth: 1 });
  return {
    behaviour,
    of: ({ key }) => planStream(behaviour, seed, { scenario: scenario.name, key, prompt, model }),
  };
}

/** Every sample held against its plan, and what that says of the run. */
export interface HeldSamples extends Pick<RunFacts, 'givenUp' | 'faults'> {
  samples: JudgedSample[];
}

/** How long before its end a plan has to be left for its agent to notice, and the agent may take to. */
const cancelGraceMs = 1000;

export function holdSamples(
  samples: readonly StreamSample[],
  plans: LoadPlans,
  { idleLimitMs, streamLimitMs }: Scenario['load'],
  sentOf: (sample: StreamSample) => SentByHop | null,
): HeldSamples {
  const { pushIntervalMs, streamLimitMs: gatewayLimitMs } = gatewayOptionsSchema.parse({});
  const bounds = { idleLimitMs, streamLimitMs, gatewayLimitMs };
  const { faults } = plans.behaviour;
  // What breaks an agent's connection breaks streams whose own plan knows nothing of it.
  const reachesOthers = faults.some((fault) => hasTrait(fault, 'reachesOthers'));
  const mayBeBroken = reachesOthers ? createSharedBreaks(samples, plans.of) : () => false;
  let givenUp = 0;
  const struck: Pick<StreamPlan, 'faults'>[] = [];
  const held = samples.map((sample): JudgedSample => {
    const plan = plans.of(sample);
    struck.push({ faults: plan.faults });
    if (wasGivenUp(sample, plan)) givenUp += 1;
    const own = expectOutcome(plan, bounds);
    const foretold = mayBeBroken(sample) ? expectBroken(sample, own) : own;
    // What breaks off takes with it what a slow reader has not read yet: nobody knows how much.
    const expected = sample.readSlowly && foretold?.outcome !== 'completed' ? null : foretold;
    const sent = sentOf(sample);
    return {
      ...sample,
      planned: {
        ...compareWithPlan(sample, plan, expected, pushIntervalMs),
        hops: sent && splitLateness(sample, plan, sent, pushIntervalMs),
      },
    };
  });
  return { samples: held, givenUp, faults: faultRates(faults, struck) };
}

/** Whether a client gave a stream up while the agent had still to work on it. */
function wasGivenUp({ outcome, durationMs }: StreamSample, { end }: StreamPlan): boolean {
  const endAtMs = end.kind === 'silence' ? Number.POSITIVE_INFINITY : end.atMs;
  return (
    ['left', 'stalled', 'timed-out', 'censored'].includes(outcome) &&
    endAtMs > durationMs + cancelGraceMs
  );
}
