import type { Router } from '@koa/router';

import type { GatewayHooks } from '../hooks.ts';
import type { Monitor } from '../monitor/monitor.ts';

/** Adds `/metrics` for Prometheus, and `/status` with the state of the targets (E3) for people and probes. */
export function addMonitorRoutes(
  router: Router,
  monitor: Monitor,
  worker: GatewayHooks['worker'],
): void {
  const { expose } = worker ?? monitor;
  router.get('/metrics', async (context) => {
    const { contentType, text } = await expose();
    context.set('Content-Type', contentType);
    context.body = text;
  });
  router.get('/status', (context) => {
    context.set('Cache-Control', 'no-store');
    context.body = { ...monitor.status(), worker: worker?.name };
  });
}
