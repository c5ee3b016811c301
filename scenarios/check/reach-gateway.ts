import { setTimeout as sleep } from 'node:timers/promises';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { speaksTls, tlsExpected } from '../load/tls-handshake.ts';
import type { AgentBelow } from './agent-below.ts';
import type { Gateway } from './client-above.ts';
import { describeResponse, isStream, messagesOf, textOf } from './clauses/stream-facts.ts';
import type { Probe } from './probe.ts';
import { runProbe } from './run-probe.ts';

/** How long a gateway may take to find an agent that was not there before: gRPC waits longer each time. */
const findLimitMs = 20_000;
const pollMs = 500;

/**
 * Waits until a request reaches our agent through the gateway, so that a check never judges a gateway that is
 * not there, or that calls another agent.
 * @param story a probe that every gateway passes on
 * @param options `below`: what the gateway should have been started with, in words
 * @throws RehearsalError (usage) that says what is wrong
 * @throws the signal's reason
 */
export async function reachGateway(
  story: Probe,
  {
    gateway,
    agent,
    below = `${agent.address} as its agent`,
    signal,
  }: { gateway: Gateway; agent: AgentBelow; below?: string; signal: AbortSignal },
): Promise<void> {
  const limitAtMs = performance.now() + findLimitMs;
  for (let attempt = 1; ; attempt += 1) {
    const run = `first-${attempt}`;
    const [seen] = await runProbe('story', story, { gateway, agent, run, signal });
    if (agent.calls() > 0 || seen === undefined) return;
    const { response } = seen;
    const mayExpectTls = response.status === null || response.status === 400;
    if (mayExpectTls && gateway.url.protocol === 'http:' && (await speaksTls(gateway.url, signal)))
      throw new RehearsalError('usage', `${gateway.url.href} ${tlsExpected}; write https://`);
    if (response.status === null) {
      throw new RehearsalError(
        'usage',
        `${gateway.url.href} does not answer: ${response.problem || `no response in ${Math.round(response.endAtMs / 1000)} s`}; start the gateway, with ${below}, or let --start 'COMMAND' do it`,
      );
    }
    // Text of a stream came from another agent.
    const mayComeLater =
      response.status >= 500 || (isStream(response) && textOf(messagesOf(response)) === '');
    if (!mayComeLater || performance.now() > limitAtMs) {
      throw new RehearsalError(
        'usage',
        `${gateway.url.href} answered ${describeResponse(response)}, and did not call our agent; start it with ${below}, and give the headers that it asks for with --header`,
      );
    }
    await sleep(pollMs, undefined, { signal });
  }
}
