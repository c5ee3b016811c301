import type { MockAgentStats } from '../../mock-agent/server.ts';
import type { Choice } from './messages.ts';
import type { ProcessHealth } from './process-health.ts';
import type { SendTimes } from './send-times.ts';
import type { AgentStart, GatewayStart } from './start-message.ts';
import { startStackProcess, type StackProcess, type StackProcessOptions } from './stack-process.ts';

export interface StackOptions {
  agent: AgentStart;
  /** Without the agent's address. Wire faults are on, since the agent is our own. */
  gateway: Omit<GatewayStart, 'agentAddress' | 'wireFaults'>;
  /** Aborts the start. */
  signal?: AbortSignal;
  /** Called when one of the processes stops answering, and when it answers again. */
  onAnswering?: (isAnswering: boolean, message: string) => void;
}

/** What the two processes measured about themselves. */
export interface StackHealth {
  agent: ProcessHealth & { stats: MockAgentStats };
  gateway: ProcessHealth;
}

/** A gateway and its agent in separate processes, so that neither hides the lateness of the other. */
export interface Stack {
  /** URL of the gateway, without a path. */
  url: string;
  agentAddress: string;
  /** The default scenario comes first. */
  scenarios: readonly Choice[];
  /** Starts measuring the health of both processes. */
  watch(): void;
  /** Stops the measurement that `watch` started. Throws like `StackProcess.ask`. */
  health(signal?: AbortSignal): Promise<StackHealth>;
  /** Makes both processes record the send times of every stream from now on. */
  recordSendTimes(): void;
  /** Returns the recorded send times, and discards them in the processes. */
  sendTimes(signal?: AbortSignal): Promise<{ agent: SendTimes; gateway: SendTimes }>;
  /** Returns the heap in use after a garbage collection, in bytes. */
  heapInUse(): Promise<{ agent: number; gateway: number }>;
  /** Resolves if one of the processes ends unexpectedly; the text says which and how. */
  failed: Promise<string>;
  /** Drains both: see `StackProcess.drain`. */
  drain(limitMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the stack. Throws like `startStackProcess`.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const [agent, gateway] = await startBoth(options);
  gateway.relayTo(agent);
  agent.relayTo(gateway);
  let closing = false;
  return {
    url: gateway.address,
    agentAddress: agent.address,
    scenarios: agent.scenarios,
    watch() {
      agent.tell({ type: 'watch' });
      gateway.tell({ type: 'watch' });
    },
    async health(signal) {
      const [ofAgent, ofGateway] = await Promise.all([
        agent.ask('report', signal),
        gateway.ask('report', signal),
      ]);
      if (ofAgent.agent === null) throw new Error('the agent reported no figures of its own');
      return {
        agent: { ...ofAgent.health, stats: ofAgent.agent },
        gateway: ofGateway.health,
      };
    },
    recordSendTimes() {
      agent.tell({ type: 'record' });
      gateway.tell({ type: 'record' });
    },
    async sendTimes(signal) {
      const [ofAgent, ofGateway] = await Promise.all([
        agent.ask('sendTimes', signal),
        gateway.ask('sendTimes', signal),
      ]);
      return { agent: ofAgent.times, gateway: ofGateway.times };
    },
    async heapInUse() {
      const [ofAgent, ofGateway] = await Promise.all([agent.ask('heap'), gateway.ask('heap')]);
      return { agent: ofAgent.inUseBytes, gateway: ofGateway.inUseBytes };
    },
    failed: new Promise((resolve) => {
      void Promise.race([agent.ended, gateway.ended]).then((how) => closing || resolve(how));
    }),
    // The gateway first: it may have accepted requests that the agent does not know yet.
    async drain(limitMs, signal) {
      const endMs = performance.now() + limitMs;
      await gateway.drain(limitMs, signal);
      await agent.drain(Math.max(0, endMs - performance.now()), signal);
    },
    // The gateway closes first, so that its clients get SHUTTING_DOWN and not the end of the agent.
    async close() {
      closing = true;
      await gateway.close();
      await agent.close();
    },
  };
}

/**
 * Starts both processes at the same time, since a start mostly loads modules. If one does not start, the
 * other is killed.
 */
async function startBoth({
  agent: agentOptions,
  gateway: gatewayOptions,
  signal,
  onAnswering,
}: StackOptions): Promise<[agent: StackProcess, gateway: StackProcess]> {
  const failed = new AbortController();
  const startProcess = (options: Pick<StackProcessOptions, 'start' | 'agentAddress'>) =>
    startStackProcess({
      ...options,
      signal: AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]),
      onAnswering,
    }).catch((error: unknown) => {
      failed.abort(error);
      throw error;
    });
  const agent = startProcess({ start: { type: 'start', role: 'agent', options: agentOptions } });
  const gateway = startProcess({
    start: {
      type: 'start',
      role: 'gateway',
      options: { ...gatewayOptions, wireFaults: true },
      agentFollows: true,
    },
    agentAddress: agent.then(({ address }) => address),
  });
  const started = await Promise.allSettled([agent, gateway]);
  if (failed.signal.aborted) {
    for (const each of started) if (each.status === 'fulfilled') await each.value.close();
    throw failed.signal.reason;
  }
  return [await agent, await gateway];
}
