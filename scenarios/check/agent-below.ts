import { performance } from 'node:perf_hooks';

import { pino } from 'pino';

import type { CallEnd } from '../../mock-agent/grpc/call-end.ts';
import { startMockAgent } from '../../mock-agent/server.ts';
import { explainBindError } from '../console/bind-error.ts';
import { planOf } from '../expect/plan-request.ts';
import { readScenarioObject } from '../file/scenario-object.ts';
import type { BehaviourInput, Probe } from './probe.ts';
import type { SeenCall } from './seen.ts';

/** Our agent below a gateway under test. */
export interface AgentBelow {
  address: string;
  /** Returns the calls with a prompt so far, in order, with times after a moment of `performance.now()`. */
  callsOf(prompt: string, sinceMs: number): SeenCall[];
  /** Whether a call with a prompt is still open. */
  isOpen(prompt: string): boolean;
  /** Counts the chunks that were sent in calls with a prompt. */
  sent(prompt: string): number;
  /** Counts all calls. */
  calls(): number;
  close(): Promise<void>;
}

interface RecordedCall {
  prompt: string;
  model: string;
  metadata: Record<string, string>;
  atMs: number;
  deadlineMs: number | null;
  sentAtMs: number[];
  end: { cause: CallEnd; atMs: number } | null;
  nth: number;
}

/** Returns the prompt of a probe's request; the agent recognises the probe by it. */
export function promptOf(name: string, probe: Probe, run: string, number: number): string {
  return (
    probe.prompt ??
    `Tell a story. ${mark(name, number % variantsOf(probe).length)} (${run}-${number})`
  );
}

const variantsOf = ({ behaviour, variants = [behaviour] }: Probe): readonly BehaviourInput[] =>
  variants;

const mark = (name: string, variant: number): string => `[probe ${name} ${variant}]`;

/**
 * Starts an agent that plays the behaviour of each probe, and records what gateways ask of it.
 * @param port 0 for a free one
 * @throws RehearsalError (usage) if the port cannot be bound
 */
export async function startAgentBelow(
  probes: Readonly<Record<string, Probe>>,
  { host, port }: { host: string; port: number },
): Promise<AgentBelow> {
  const scenario = await readScenarioObject({
    name: 'check',
    cases: Object.entries(probes).flatMap(([name, probe]) =>
      variantsOf(probe).map((behaviour, variant) => ({
        when: { promptContains: probe.prompt ?? mark(name, variant) },
        behaviour,
      })),
    ),
  });
  const byPrompt = new Map<string, RecordedCall[]>();
  let count = 0;
  const agent = await startMockAgent({
    scenarios: [scenario],
    host,
    port,
    log: pino({ level: 'silent' }),
    watchCall({ prompt, model, metadata, deadlineMs }) {
      const atMs = performance.now();
      count += 1;
      const calls = byPrompt.get(prompt) ?? [];
      byPrompt.set(prompt, calls);
      const call: RecordedCall = {
        prompt,
        model,
        metadata: Object.fromEntries(
          Object.entries(metadata.getMap()).map(([name, value]) => [name, value.toString()]),
        ),
        atMs,
        deadlineMs: Number.isFinite(deadlineMs) ? deadlineMs - Date.now() : null,
        sentAtMs: [],
        end: null,
        nth: calls.filter((each) => each.model === model).length + 1,
      };
      calls.push(call);
      return {
        // The first time is that of the request. Not the given time, which is that without back-pressure.
        sent: () => void call.sentAtMs.push(performance.now()),
        ended(cause) {
          call.end = { cause, atMs: performance.now() };
        },
      };
    },
  }).catch((error: unknown) => {
    throw explainBindError(error, host, port, '--agent-port');
  });
  return {
    address: agent.address,
    callsOf: (prompt, sinceMs) =>
      (byPrompt.get(prompt) ?? [])
        .filter(({ atMs }) => atMs >= sinceMs)
        .map(({ atMs, sentAtMs, end, nth, ...call }) => ({
          ...call,
          atMs: atMs - sinceMs,
          sentAtMs: sentAtMs.slice(1).map((at) => at - sinceMs),
          end: end && { ...end, atMs: end.atMs - sinceMs },
          plan: planOf(scenario, { prompt, model: call.model, nth }),
        })),
    isOpen: (prompt) => (byPrompt.get(prompt) ?? []).some(({ end }) => end === null),
    sent: (prompt) =>
      (byPrompt.get(prompt) ?? []).reduce(
        // The first time is that of the request.
        (sum, { sentAtMs }) => sum + Math.max(0, sentAtMs.length - 1),
        0,
      ),
    calls: () => count,
    close: agent.close,
  };
}
