import type { Router } from '@koa/router';
import type { Context } from 'koa';

import type { AgentHealth } from '../agent/agent-health.ts';
import type { GatewayError } from '../errors.ts';

/**
 * What a supervisor and a load balancer ask; neither needs a token.
 *
 * `/healthz` answers as long as this process does. `/readyz` says whether a generation could start now:
 * 503 with the error that it would meet while the agent cannot be used or the gateway closes.
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
