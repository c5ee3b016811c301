import type { Router } from '@koa/router';
import type { Context, Next } from 'koa';

import { modelFormatFor, modelPaths } from '../../proto/dialects/models.ts';
import { GatewayError } from '../errors.ts';
import type { GatewayHooks } from '../hooks.ts';

/**
 * Lists the models that a client may name, in the format of its headers.
 * @param names of the models; the default one alone where nobody knows others
 */
export function addModelRoutes(
  router: Router,
  requireAuth: (context: Context, next: Next) => unknown,
  names: NonNullable<GatewayHooks['models']>,
): void {
  for (const path of modelPaths) {
    router.get(path, requireAuth, async (context) => {
      context.body = modelFormatFor(context.headers).all(await names());
    });
    // A name may have a slash, which clients encode or not.
    router.get(`${path}/*name`, requireAuth, async (context) => {
      const name = decodeName(context.path.slice(path.length + 1));
      const known = await names();
      if (!known.includes(name)) {
        const details = `model: there is no ${JSON.stringify(name)} here (GET ${path} lists all)`;
        throw new GatewayError('NOT_FOUND', details);
      }
      context.body = modelFormatFor(context.headers).one(name);
    });
  }
}

function decodeName(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
