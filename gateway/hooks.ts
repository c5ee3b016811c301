import type { Middleware } from 'koa';

import type { AgentRequest } from './agent/agent-client.ts';
import type { Journal } from './journal.ts';
import type { Metrics } from './monitor/metrics.ts';
import type { WatchStream } from './monitor/monitor.ts';

/** What a program that starts a gateway may add to it. */
export interface GatewayHooks {
  /** Sees every HTTP request first, before CORS headers are set. */
  middleware?: Middleware;
  /**
   * Has the last word on what the agent is asked; may change the metadata.
   * @throws GatewayError to refuse the request.
   */
  prepare?: (request: AgentRequest) => void;
  /** Is told of every stream that has a key, and when it sent its messages. */
  watchStream?: WatchStream;
  /** Remembers every request for a generation; without it nothing is. */
  journal?: Journal;
  /** Where several processes are one gateway: the metrics of all, and which of them this one is. */
  worker?: { name: string; expose: Metrics['expose'] } | undefined;
}
