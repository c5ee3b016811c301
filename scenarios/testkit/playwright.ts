import {
  expect as baseExpect,
  test as base,
  type BrowserContext,
  type PlaywrightTestArgs,
  type PlaywrightTestOptions,
  type PlaywrightWorkerArgs,
  type PlaywrightWorkerOptions,
  type TestType,
} from '@playwright/test';

import { checkRehearsalOptions, pageOptionsSchema } from './check-options.ts';
import { serverFixture, testFixture, type TestFixtures, type WorkerFixtures } from './fixtures.ts';
import { matchers } from './matchers.ts';
import type { RehearsalOptions } from './start-rehearsal.ts';

/** A test has 30 s, and a page may load between the call and its request. */
const timeoutMs = 10_000;

/** Playwright's `expect`, which knows what can be said of requests. */
export const expect = baseExpect.extend(matchers);

/** Of a rehearsal for pages. */
export interface PageRehearsalOptions extends RehearsalOptions {
  /**
   * The origin that the app asks for generations, such as `http://localhost:8080`: those requests go to
   * the rehearsal instead. `localhost`, `127.0.0.1` and `[::1]` are the same. An app that proxies names
   * its own origin.
   */
  inPlaceOf?: string;
}

/**
 * Playwright's `test` with a rehearsal: one server for the tests of a worker, and pages whose requests
 * for a generation (fetch, EventSource, WebSocket) carry the name of their test. The app needs no change.
 * @throws RehearsalError (usage) with every wrong option
 * @throws TypeError if `inPlaceOf` is not an origin
 */
export function rehearsalTest(
  pageOptions: PageRehearsalOptions = {},
): TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & TestFixtures,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & WorkerFixtures
> {
  checkRehearsalOptions('rehearsalTest', pageOptions, pageOptionsSchema);
  const { inPlaceOf, ...options } = pageOptions;
  const believed = inPlaceOf === undefined ? [] : [originOf(inPlaceOf)];
  return base.extend<TestFixtures, WorkerFixtures>({
    rehearsalServer: [serverFixture({ timeoutMs, ...options }), { scope: 'worker' }],
    rehearsal: testFixture,
    // Not a matter of `rehearsal`, so that a test without a page starts no browser.
    context: async ({ context, rehearsal }, use) => {
      await askAsTest(context, rehearsal.endpoint, believed);
      await use(context);
      await context.unrouteAll({ behavior: 'ignoreErrors' });
    },
  });
}

function originOf(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) {
    const { origin, pathname, search, hash } = new URL(url);
    if (pathname === '/' && search === '' && hash === '') return origin;
  }
  const given = JSON.stringify(url);
  throw new TypeError(`inPlaceOf: must be an origin such as http://localhost:8080, not ${given}`);
}

/**
 * Puts the test's id into the query rather than a header: a header would call for a preflight that the
 * app does not cause, and EventSource and WebSocket have none.
 */
async function askAsTest(
  context: BrowserContext,
  endpoint: string,
  believed: readonly string[],
): Promise<void> {
  const { origin, pathname, searchParams } = new URL(endpoint);
  const origins = [origin, ...believed].flatMap(originsOfSameServer);
  const test = searchParams.get('test') ?? '';
  const isGeneration = (url: URL) => url.pathname === pathname && origins.includes(url.origin);
  await context.route(isGeneration, (route, request) => {
    const url = new URL(new URL(request.url()).search, endpoint);
    url.searchParams.set('test', test);
    return route.continue({ url: url.href });
  });
  await context.addInitScript(nameTestOfWebSockets, { endpoint, origins, test });
}

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]'];

/** Every spelling of an origin on this machine: an app and its tests need not write the same. */
function originsOfSameServer(origin: string): string[] {
  const { protocol, hostname, port } = new URL(origin);
  if (!loopbackHosts.includes(hostname)) return [origin];
  return loopbackHosts.map((host) => new URL(`${protocol}//${host}:${port}`).origin);
}

/** What the page has, where the next function runs. */
declare const window: {
  location: { href: string };
  WebSocket: new (url: string | URL, protocols?: string | string[]) => object;
};

/** Runs in the page, before its own scripts: Playwright cannot send a WebSocket elsewhere. */
function nameTestOfWebSockets(own: { endpoint: string; origins: string[]; test: string }): void {
  const { pathname } = new URL(own.endpoint);
  const carry = (given: string | URL): string | URL => {
    // `ws:` may be written as `http:`, and relative to the page.
    const asked = new URL(String(given), window.location.href);
    asked.protocol = asked.protocol.replace(/^ws/, 'http');
    if (asked.pathname !== pathname || !own.origins.includes(asked.origin)) return given;
    const url = new URL(asked.search, own.endpoint);
    url.protocol = 'ws:';
    url.searchParams.set('test', own.test);
    return url;
  };
  window.WebSocket = new Proxy(window.WebSocket, {
    construct: (target, [url, ...others], newTarget) =>
      Reflect.construct(target, [carry(url), ...others], newTarget),
  });
}
