import type { Middleware } from 'koa';

import type { AgentRequest } from './agent/agent-client.ts';
import type { Metrics } from './monitor/metrics.ts';
import type { LabelStream } from './monitor/monitor.ts';
import type { RequestObserver } from './observer.ts';

/** Extensions by the program that starts a gateway. */
export interface GatewayHooks {
  /** Handles every HTTP request first, before CORS headers are set. */
  middleware?: Middleware;
  /**
   * Called just before the agent; may change the metadata.
   * @throws GatewayError to refuse the request
   */
  prepare?: (request: AgentRequest) => void;
  /** Returns the names that a client may use as its model, for those who list them. */
  models?: () => Promise<readonly string[]>;
  observers?: readonly RequestObserver[];
  labels?: LabelStream;
  /** If several processes form one gateway: the metrics of all, and the name of this one. */
  worker?: { name: string; expose: Metrics['expose'] } | undefined;
}
