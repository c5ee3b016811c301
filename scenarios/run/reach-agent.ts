import { setTimeout as sleep } from 'node:timers/promises';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { maskAddress } from '../console/mask-urls.ts';
import type { Scenario } from '../file/scenario.ts';
import { preflightKey } from '../load/request.ts';
import type { AgentAlone } from '../processes/start-agent.ts';
import { checkTarget, type TargetOptions } from './measure-target.ts';
import { untilCalled } from './until-called.ts';

/** How long the gateway may take to cancel the call of the first request, whose client has left. */
const cancelLimitMs = 1000;

/**
 * Waits until a request reaches our agent through a gateway that is not ours, and until the agent has no open
 * stream again.
 * @param agent is left recording send times
 * @throws RehearsalError (usage) that says what is wrong
 * @throws the signal's reason
 */
export async function reachAgent(
  scenario: Scenario,
  url: string,
  agent: AgentAlone,
  options: TargetOptions,
): Promise<void> {
  const { signal } = options;
  const name = maskAddress(url);
  agent.recordSendTimes();
  await untilCalled(async (isLast) => {
    const doubt = await checkTarget(scenario, url, { ...options, keyInPrompt: true });
    const keys = Object.keys((await agent.sendTimes(signal)).agent);
    if (keys.includes(preflightKey)) return true;
    if (keys.length > 0) {
      throw new RehearsalError(
        'usage',
        `--target: ${name} called our agent with another prompt than it was sent, so no stream can be compared with its plan; the gateway has to pass the prompt on, or the header x-rehearsal-key as metadata`,
      );
    }
    // Without a doubt, another agent has answered.
    if (doubt === null || isLast()) {
      throw new RehearsalError(
        'usage',
        `--target: ${doubt ?? `${name} answered`}, and did not call our agent; start the gateway with ${agent.address} as its agent`,
      );
    }
    return false;
  }, signal);
  const deadlineMs = performance.now() + cancelLimitMs;
  while ((await agent.health(signal)).agent.stats.streamsOpen > 0) {
    if (performance.now() > deadlineMs) return;
    await sleep(50, undefined, { signal });
  }
}
