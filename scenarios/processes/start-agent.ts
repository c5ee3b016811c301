import type { AgentStart } from './start-message.ts';
import { startStackProcess, type StackProcessOptions } from './stack-process.ts';
import type { Stack, StackHealth } from './start-stack.ts';

/** Our agent in a process of its own, for a gateway that is not ours. */
export interface AgentAlone extends Pick<Stack, 'watch' | 'recordSendTimes' | 'failed' | 'close'> {
  address: string;
  /** As that of a stack, without figures of the gateway. */
  health(signal?: AbortSignal): Promise<Pick<StackHealth, 'agent'> & { gateway: null }>;
  /** As those of a stack, without those of the gateway. */
  sendTimes(
    signal?: AbortSignal,
  ): Promise<{ agent: Awaited<ReturnType<Stack['sendTimes']>>['agent']; gateway: null }>;
}

/** Starts an agent. Throws like `startStackProcess`. */
export async function startAgent(
  options: AgentStart,
  { signal, onAnswering }: Pick<StackProcessOptions, 'signal' | 'onAnswering'>,
): Promise<AgentAlone> {
  const agent = await startStackProcess({
    start: { type: 'start', role: 'agent', options },
    signal,
    onAnswering,
  });
  let closing = false;
  return {
    address: agent.address,
    watch: () => agent.tell({ type: 'watch' }),
    async health(signal) {
      const { health, agent: stats } = await agent.ask('report', signal);
      if (stats === null) throw new Error('the agent reported no figures of its own');
      return { agent: { ...health, stats }, gateway: null };
    },
    recordSendTimes: () => agent.tell({ type: 'record' }),
    async sendTimes(signal) {
      return { agent: (await agent.ask('sendTimes', signal)).times, gateway: null };
    },
    failed: new Promise((resolve) => {
      void agent.ended.then((how) => closing || resolve(how));
    }),
    async close() {
      closing = true;
      await agent.close();
    },
  };
}
