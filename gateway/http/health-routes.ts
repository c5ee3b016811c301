import type { Router } from '@koa/router';
import type { Context } from 'koa';

import type { AgentHealth } from '../agent/agent-health.ts';
import type { GatewayError } from '../errors.ts';

/**
 * Adds the routes for process supervisors and load balancers, which need no token.
 *
 * `/healthz` is 200 while the process runs. `/readyz` is 200 if a generation can start now; while the agent is
 * unavailable or the gateway closes it is 503, with the error that a generation would get.
 */
export function addHealthRoutes(
  router: Router,
  agent: AgentHealth,
  closing: () => GatewayError | undefined,
): void {
  router.get('/healthz', (context) => answer(context, 'ok'));
  router.get('/readyz', async (context) => {
    const error = closing() ?? (await agent.check());
    if (error !== undefined) throw error;
    answer(context, 'ready');
  });
}

function answer(context: Context, status: string): void {
  context.set('Cache-Control', 'no-store');
  context.body = { status };
}
