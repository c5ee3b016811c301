import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { promptOf, type AgentBelow } from './agent-below.ts';
import { exchange, openConnections, type Connections, type Gateway } from './client-above.ts';
import type { Probe } from './probe.ts';
import type { Seen, SeenResponse } from './seen.ts';
import { websocketExchange } from './websocket-exchange.ts';

export interface ProbeSetting {
  gateway: Gateway;
  agent: AgentBelow;
  /** Makes prompts unlike those of other runs, since a gateway may remember answers. */
  run: string;
  signal: AbortSignal;
}

const usualLimitMs = 10_000;

/** How long a gateway may take to cancel a call after its client left, or to end it after the stream. */
const callEndLimitMs = 5000;
const pollMs = 20;

/** Resolution of the measurement of our own lateness. */
const resolutionMs = 10;

/**
 * Runs a probe, and returns what both sides saw of each of its requests.
 * @throws the signal's reason
 */
export async function runProbe(name: string, probe: Probe, setting: ProbeSetting): Promise<Seen[]> {
  const {
    times = 1,
    atOnce: { streams, apartMs } = { streams: 1, apartMs: 0 },
    oneConnection,
  } = probe;
  const connections = oneConnection === undefined ? undefined : openConnections(setting.gateway, 1);
  const all: Seen[] = [];
  try {
    for (let round = 0; round < times; round += 1) {
      const beside = Array.from({ length: streams }, async (_, index) => {
        if (index > 0) await sleep(index * apartMs, undefined, { signal: setting.signal });
        return runOnce(name, probe, { ...setting, number: round * streams + index, connections });
      });
      all.push(...(await Promise.all(beside)));
    }
  } finally {
    connections?.destroy();
  }
  return all;
}

async function runOnce(
  name: string,
  probe: Probe,
  setting: ProbeSetting & { number: number; connections: Connections | undefined },
): Promise<Seen> {
  const { gateway, agent, run, number, connections, signal } = setting;
  const { request = { via: 'post' }, act = { act: 'read' }, limitMs = usualLimitMs } = probe;
  const prompt = promptOf(name, probe, run, number);
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const startMs = performance.now();
  const options = { prompt, limitMs, signal };
  let response: SeenResponse;
  try {
    response =
      request.via === 'websocket'
        ? await websocketExchange(gateway, options)
        : await exchange(gateway, {
            ...options,
            request,
            act,
            whileNotReading: (quietMs) =>
              untilQuiet(
                () => agent.sent(prompt),
                quietMs,
                performance.now() + limitMs / 3,
                signal,
              ),
            ...(connections === undefined ? {} : { connections }),
          });
  } finally {
    delay.disable();
  }
  const limitAtMs = performance.now() + callEndLimitMs;
  while (agent.isOpen(prompt) && performance.now() < limitAtMs) {
    await sleep(pollMs, undefined, { signal });
  }
  return {
    response,
    calls: agent.callsOf(prompt, startMs),
    ownLatenessMs: Math.max(0, delay.max / 1e6 - resolutionMs),
  };
}

/** Resolves when a count has risen and then stayed the same for a time, or at a limit. */
async function untilQuiet(
  count: () => number,
  quietMs: number,
  limitAtMs: number,
  signal: AbortSignal,
): Promise<void> {
  let last = 0;
  let changedAtMs = performance.now();
  while (performance.now() < limitAtMs) {
    const now = count();
    if (now !== last) changedAtMs = performance.now();
    last = now;
    if (now > 0 && performance.now() - changedAtMs >= quietMs) return;
    await sleep(pollMs, undefined, { signal });
  }
}
