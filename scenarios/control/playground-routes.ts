import { readFileSync } from 'node:fs';

import type { Middleware } from 'koa';

import type { FaultDescription } from '../../mock-agent/faults/describe-faults.ts';

/** What the page offers. It is no part of the control interface, which other hosts may not use. */
export interface Listing {
  scenarios: {
    name: string;
    description: string;
    /** Whether it answers requests that name none. */
    current: boolean;
  }[];
  faults: FaultDescription[];
}

const listingPath = '/playground.json';

/** The page's files by path, each with its type. */
const files = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/playground.css': ['playground.css', 'text/css; charset=utf-8'],
  '/playground.js': ['playground.js', 'text/javascript; charset=utf-8'],
} as const;

/** Run from its sources, a server has the page of the last build. */
const folder = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/scenarios/control/playground/' : 'playground/',
  import.meta.url,
);

/** Allows scripts, styles and requests of this server alone. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Answers requests for the playground at `/`; passes every other request on. */
export function createPlayground(list: () => Promise<Listing>): Middleware {
  const pages = new Map(
    Object.entries(files).map(([path, [name, type]]) => [
      path,
      { type, body: readFileSync(new URL(name, folder)) },
    ]),
  );
  return async (context, next) => {
    const path = (context.req.url ?? '').split('?', 1)[0] ?? '';
    const page = pages.get(path);
    if (!['GET', 'HEAD'].includes(context.method) || (page === undefined && path !== listingPath)) {
      await next();
      return;
    }
    context.set('Cache-Control', 'no-cache');
    if (page === undefined) {
      context.body = await list();
      return;
    }
    context.set({
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Content-Type': page.type,
    });
    context.body = page.body;
  };
}
