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
import { ownPromptOf } from '../load/own-prompt.ts';
import type { Dialect } from '../../proto/dialects/dialect.ts';
import { dialectOfLoad } from '../load/request.ts';
import { mostReconnectsOf } from '../load/transport.ts';
import { agentRequestOf, type AgentRequest } from './agent-request.ts';
import { clientViewOf } from './client-view.ts';
import { conversationRequests } from './conversation-plans.ts';
import { planOverWebSocket } from './plan-over-websocket.ts';
import { planInDialect } from './plan-in-dialect.ts';
import { expectResumed } from './expect-resumed.ts';
import { expectOfForeign } from './expect-of-foreign.ts';
import { isPushedTooOften } from './push-rate.ts';
import { createSharedBreaks, expectBroken } from './shared-breaks.ts';
import { splitLateness, type SentByHop } from './split-lateness.ts';

/** The plans of the streams of a load. */
export interface LoadPlans {
  behaviour: Behaviour;
  /** Undefined for the specified format. */
  dialect: Dialect | undefined;
  /** Whether a gateway that is not ours is between the load and our agent. */
  isForeign: boolean;
  /** Returns a plan, as the dialect shows it. */
  of(stream: Pick<StreamSample, 'key'>): StreamPlan;
}

/** @param isForeign as in the plans */
export function plansOf(scenario: Scenario, seed: number, isForeign = false): LoadPlans {
  const { load, name } = scenario;
  const { conversation } = load;
  const dialect = dialectOfLoad(load.request);
  // Every stream of a load has its own key, so each key is requested once.
  const choose = (request: AgentRequest) => chooseBehaviour(scenario, { ...request, nth: 1 });
  const planOf = (key: string, request: AgentRequest, chosen = choose(request)) =>
    planStream(chosen, seed, { scenario: name, key, ...request });
  const shared = agentRequestOf(load.request, load.request.prompt);
  const behaviour = choose(shared);
  const inConversation =
    conversation === undefined || dialect === undefined
      ? undefined
      : conversationRequests(conversation, load.request, dialect, planOf);
  const requestOf = (key: string): AgentRequest | undefined => {
    if (inConversation !== undefined) return inConversation(key);
    const own = ownPromptOf(load, seed, key);
    return own === null ? undefined : agentRequestOf(load.request, own);
  };
  return {
    behaviour,
    dialect,
    isForeign,
    of({ key }) {
      const own = requestOf(key);
      const plan = own === undefined ? planOf(key, shared, behaviour) : planOf(key, own);
      return dialect === undefined ? plan : planInDialect(plan);
    },
  };
}

/** Samples compared with their plans, and the resulting facts of the run. */
export interface PlannedSamples extends Pick<RunFacts, 'givenUp' | 'faults'> {
  samples: JudgedSample[];
}

/** The minimum planned time, in milliseconds, after the client's end for the agent to notice the cancellation. */
const cancelGraceMs = 1000;

/**
 * Compares the samples of a load with their plans.
 * @param sentOf returns when agent and gateway sent a stream, null if unknown
 */
export function compareSamples(
  samples: readonly StreamSample[],
  plans: LoadPlans,
  { idleLimitMs, streamLimitMs, request }: Scenario['load'],
  sentOf: (sample: StreamSample) => SentByHop | null,
): PlannedSamples {
  const options = gatewayOptionsSchema.parse({});
  const { streamLimitMs: gatewayLimitMs } = options;
  const { dialect, isForeign } = plans;
  const isResumed = (mostReconnectsOf(request) ?? 0) > 0;
  // The distance between messages (D2) is a rule of the specified interface.
  const pushIntervalMs = dialect === undefined ? options.pushIntervalMs : 0;
  const overWebSocket = request.transport === 'websocket';
  const view = clientViewOf(dialect, { overWebSocket });
  const bounds = { idleLimitMs, streamLimitMs, gatewayLimitMs };
  const { faults } = plans.behaviour;
  // A fault that breaks the agent's connection also breaks streams without a fault in their plan.
  const reachesOthers = faults.some((fault) => hasTrait(fault, 'reachesOthers'));
  const mayBeBroken = reachesOthers ? createSharedBreaks(samples, plans.of) : () => false;
  let givenUp = 0;
  const planFaults: Pick<StreamPlan, 'faults'>[] = [];
  const planned = samples.map((sample): JudgedSample => {
    const ofStream = plans.of(sample);
    const plan = overWebSocket ? planOverWebSocket(ofStream) : ofStream;
    planFaults.push({ faults: plan.faults });
    if (wasAbandoned(sample, plan)) givenUp += 1;
    const ofResponse = expectOutcome(plan, bounds, view);
    const own = isResumed ? expectResumed(plan, ofResponse, bounds) : ofResponse;
    const ofStack = mayBeBroken(sample) ? expectBroken(sample, own, view) : own;
    const foretold = isForeign ? expectOfForeign(sample, ofStack) : ofStack;
    // A stream that breaks off loses an unknown amount of text that a slow reader has not read.
    const expected = sample.readSlowly && foretold?.outcome !== 'completed' ? null : foretold;
    const wasResumed = (sample.reconnects ?? 0) > 0;
    // The times of a resumed stream are those of its pauses.
    const sent = wasResumed ? null : sentOf(sample);
    return {
      ...sample,
      planned: {
        ...compareWithPlan(sample, plan, expected, pushIntervalMs),
        ...(wasResumed ? { latenessMs: [] } : {}),
        hops: sent && splitLateness(sample, plan, sent, pushIntervalMs),
        ...(isForeign ? { pushedTooOften: isPushedTooOften(sample, pushIntervalMs) } : {}),
      },
    };
  });
  return { samples: planned, givenUp, faults: faultRates(faults, planFaults) };
}

/** Whether a client abandoned a stream while the agent still had work to do on it. */
function wasAbandoned({ outcome, durationMs }: StreamSample, { end }: StreamPlan): boolean {
  const endAtMs = end.kind === 'silence' ? Number.POSITIVE_INFINITY : end.atMs;
  return (
    ['left', 'stalled', 'timed-out', 'censored'].includes(outcome) &&
    endAtMs > durationMs + cancelGraceMs
  );
}
