import { readFileSync } from 'node:fs';

import type { Middleware } from 'koa';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

const files = [
  'index.html',
  'playground.css',
  'playground.js',
  'snippets.js',
  'timeline.js',
  'transports.js',
];

/** Scripts and styles of its own alone, and no request to anywhere else. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Answers `/` with the playground, and leaves every other request to those behind it. */
export function createPlayground(): Middleware {
  const pages = new Map(
    files.map((name) => [
      name === 'index.html' ? '/' : `/${name}`,
      {
        type: types[name.slice(name.lastIndexOf('.') + 1)] ?? 'text/plain',
        body: readFileSync(new URL(`playground/${name}`, import.meta.url)),
      },
    ]),
  );
  return async (context, next) => {
    const page = pages.get((context.req.url ?? '').split('?', 1)[0] ?? '');
    if (page === undefined || !['GET', 'HEAD'].includes(context.method)) {
      await next();
      return;
    }
    context.set({
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-cache',
      'Content-Type': page.type,
    });
    context.body = page.body;
  };
}
