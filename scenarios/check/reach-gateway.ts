import { RehearsalError } from '../console/rehearsal-error.ts';
import { speaksTls, tlsExpected } from '../load/target/tls-handshake.ts';
import { untilCalled } from '../run/until-called.ts';
import type { AgentBelow } from './agent-below.ts';
import type { Gateway } from './client-above.ts';
import { describeResponse, isStream, messagesOf, textOf } from './clauses/stream-facts.ts';
import type { Probe } from './probe.ts';
import { runProbe } from './run-probe.ts';

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
  let attempts = 0;
  await untilCalled(async (isLast) => {
    attempts += 1;
    const run = `first-${attempts}`;
    const [seen] = await runProbe('story', story, { gateway, agent, run, signal });
    if (agent.calls() > 0 || seen === undefined) return true;
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
    if (!mayComeLater || isLast()) {
      throw new RehearsalError(
        'usage',
        `${gateway.url.href} answered ${describeResponse(response)}, and did not call our agent; start it with ${below}, and give the headers that it asks for with --header`,
      );
    }
    return false;
  }, signal);
}
