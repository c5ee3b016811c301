import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Scenario } from '../file/scenario.ts';
import { watchLoop } from '../load/loop-lateness.ts';
import type { Trust } from '../load/target/trust.ts';
import { startAgent } from '../processes/start-agent.ts';
import {
  startGatewayCommand,
  withSomePort,
  type CommandGateway,
} from '../processes/start-gateway-command.ts';
import { measureLoad, type LoadMeasured, type MeasureOptions } from './measure-load.ts';
import { logLevel } from './measure-stack.ts';
import { targetUrl } from './measure-target.ts';
import { reachAgent } from './reach-agent.ts';

/** A gateway that is not ours, between our load and our agent. */
export interface Middle {
  /** Its URL; with `start`, `{port}` stands for a free port. */
  target: string;
  /** The port of our agent, which the gateway calls; 0 for a free one. */
  agentPort: number;
  /** The address that our agent binds. */
  agentHost: string;
  /** The shell command that starts the gateway; by default it runs already. */
  start?: string | undefined;
  /** Whether the load waits for a first request to reach our agent. */
  preflight: boolean;
}

export interface MiddleOptions extends MeasureOptions {
  /** Which certificates of an https gateway are accepted; by default those that Node trusts. */
  trust?: Trust | undefined;
}

/**
 * Starts an agent of our own, and measures a gateway that calls it under the load of a scenario.
 *
 * Each prompt has the key of its stream, since the gateway need not forward headers; our agent reads it there.
 * @throws RehearsalError (usage) for an invalid URL, for a gateway that does not call our agent, and if one of
 *   them ends or stops responding during the load
 * @throws the signal's reason if it aborts before they have started, or if the agent does not respond after it
 */
export async function measureMiddle(
  scenario: Scenario,
  { target, agentPort: port, agentHost: host, start, preflight }: Middle,
  options: MiddleOptions,
): Promise<LoadMeasured & { url: string }> {
  const { seed, trust, headers } = options;
  const urlOf = (text: string) => targetUrl(text, scenario.load.request);
  // A wrong URL is refused before anything starts.
  urlOf(start === undefined ? target : withSomePort(target));
  const broken = new AbortController();
  const fail = (reason: string) => broken.abort(new RehearsalError('usage', reason));
  const agent = await startAgent(
    { scenarios: [scenario.file], host, port, seed, keyInPrompt: true, watch: false, logLevel },
    {
      signal: options.signal,
      onAnswering(isAnswering, message) {
        if (!isAnswering) fail(message);
      },
    },
  );
  void agent.failed.then((reason) => fail(`${reason} during the run`));
  const loop = watchLoop();
  let gateway: CommandGateway | undefined;
  try {
    const signal = AbortSignal.any([options.signal, broken.signal]);
    if (start !== undefined) {
      const environment = { AGENT: agent.address };
      gateway = await startGatewayCommand(start, target, { environment, signal });
      void gateway.failed.then(fail);
    }
    const url = urlOf(gateway?.url ?? target);
    if (preflight) {
      await reachAgent(scenario, url, agent, { seed, headers, trust, signal });
    }
    const { stats: before } = (await agent.health(signal)).agent;
    const load = { url, keyInPrompt: true, trust, broken: broken.signal };
    const measured = await measureLoad(scenario, agent, load, options);
    const { stats } = measured.health.agent;
    return {
      url,
      load: measured.load,
      health: {
        agent: {
          ...measured.health.agent,
          stats: {
            ...stats,
            streamsStarted: stats.streamsStarted - before.streamsStarted,
            streamsCancelled: stats.streamsCancelled - before.streamsCancelled,
            chunksSent: stats.chunksSent - before.chunksSent,
          },
        },
        gateway: null,
      },
      sentOf: withClientLateness(measured, loop.stop()),
    };
  } finally {
    loop.stop();
    await gateway?.close();
    await agent.close();
  }
}

/** Adds how late this process may have read each arrival, in place of the send times of the gateway. */
function withClientLateness(
  { load, sentOf }: LoadMeasured,
  lateMs: (atMs: number) => number,
): LoadMeasured['sentOf'] {
  return (stream) => {
    const sent = sentOf(stream);
    const originMs = load.startedAtMs + stream.startAtMs;
    return sent && { ...sent, clientLateMs: (atMs) => lateMs(originMs + atMs) };
  };
}
