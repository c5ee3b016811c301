import { expect, rehearsalTest } from '../../../testkit/playwright.ts';
import { servePage } from './serve-page.ts';

/** The gateway's origin in the configuration of the app; nothing listens there. */
const appGateway = 'http://127.0.0.1:9';
/** The same server for a browser. */
const otherSpellings = ['http://localhost:9', 'http://[::1]:9'];
const path = '/api/v1/ai/generate';

/** An app without knowledge of Rehearsal, on a server that records its requests. */
const test = rehearsalTest({
  speed: 10,
  inPlaceOf: appGateway,
  gateway: { defaultModel: 'the-default' },
}).extend<object, { app: { url: string; requests: string[] } }>({
  app: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names in it
    async ({}, use) => {
      const app = await servePage('<title>an app</title>');
      await use(app);
      app.close();
    },
    { scope: 'worker' },
  ],
  page: async ({ page, app }, use) => {
    await page.goto(app.url);
    await use(page);
  },
});

/** Runs in the page: returns status and body of a fetch. */
const fetchText = async (url: string) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"prompt":"hello"}',
  });
  return { status: response.status, text: await response.text() };
};

/** Runs in the page: returns the text up to the final message of an EventSource, or its error. */
const eventSourceText = (url: string) =>
  new Promise<string>((resolve) => {
    const source = new EventSource(`${url}?stream=true&prompt=hello`);
    let text = '';
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const { delta, isFinal } = JSON.parse(data) as { delta: string; isFinal: boolean };
      text += delta;
      if (isFinal) resolve(text);
      if (isFinal) source.close();
    });
    source.addEventListener('error', (event) => {
      source.close();
      resolve('data' in event ? `error ${String(event.data)}` : `closed after ${text}`);
    });
  });

/** Runs in the page: returns the concatenated messages of a WebSocket. */
const webSocketText = (url: string) =>
  new Promise<string>((resolve) => {
    const socket = new WebSocket(`${url.replace('http:', 'ws:')}?prompt=hello`);
    let text = '';
    socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
      text += data;
    });
    socket.addEventListener('close', () => resolve(text));
  });

for (const name of ['one', 'two', 'three', 'four']) {
  test(`test ${name} gets its own scenario by fetch and EventSource`, async ({
    page,
    rehearsal,
  }) => {
    await rehearsal.use({ behaviour: { text: { given: `for ${name}` } } });
    const [fetched, streamed] = await Promise.all([
      page.evaluate(fetchText, appGateway + path),
      page.evaluate(eventSourceText, appGateway + path),
    ]);
    expect(fetched.status).toBe(200);
    expect([...fetched.text.matchAll(/"delta":"([^"]*)"/g)].map(([, text]) => text).join('')).toBe(
      `for ${name}`,
    );
    expect(streamed).toBe(`for ${name}`);
    await expect
      .poll(() =>
        rehearsal
          .requests()
          .map(({ transport, end }) => `${transport} ${end}`)
          .sort(),
      )
      .toEqual(['GET final', 'POST final']);
  });
}

test('a fault reaches only the test that requested it, not others on the same server', async ({
  page,
  rehearsal,
  rehearsalServer,
}) => {
  await rehearsal.next({ fault: { httpStatus: { status: 429, retryAfter: '7s' } } });
  const neighbour = rehearsalServer.forTest('neighbour');
  const others = await fetch(`${neighbour.endpoint}&prompt=hello`);
  expect(others.status).toBe(200);
  await others.text();
  expect(await page.evaluate(fetchText, rehearsalServer.endpoint)).toMatchObject({ status: 429 });
  expect(await page.evaluate(fetchText, rehearsalServer.endpoint)).toMatchObject({ status: 200 });
  expect(rehearsal.requests().map(({ status }) => status)).toEqual([429, 200]);
  // The fixture passes this option on to the gateway.
  expect(rehearsal.requests()).toMatchObject([{ model: 'the-default' }, { model: 'the-default' }]);
  expect(neighbour.requests().map(({ status }) => status)).toEqual([200]);
});

test('an EventSource gets the error that its test requested', async ({ page, rehearsal }) => {
  await rehearsal.next({ fault: { errorStatus: { at: { chars: 5 }, status: 'INTERNAL' } } });
  expect(await page.evaluate(eventSourceText, appGateway + path)).toMatch(/GENERATION_ERROR/);
});

test('a stream is not buffered, and ends when the page aborts it', async ({ page, rehearsal }) => {
  await rehearsal.use({ behaviour: { firstToken: '10ms', interToken: '60s', chunkChars: 1 } });
  const first = await page.evaluate(async (url) => {
    const stop = new AbortController();
    const response = await fetch(`${url}?prompt=hello`, { signal: stop.signal });
    const { value } = (await response.body?.getReader().read()) ?? {};
    stop.abort();
    return new TextDecoder().decode(value);
  }, appGateway + path);
  expect(first).toContain('"isFinal":false');
  await expect.poll(() => rehearsal.requests()).toDisconnectWithin(30_000);
});

test('a WebSocket belongs to its test', async ({ page, rehearsal }) => {
  await rehearsal.use({ behaviour: { text: { given: 'by socket' } } });
  const text = await page.evaluate(webSocketText, appGateway + path);
  expect(text).toContain('by s');
  await expect
    .poll(() => rehearsal.requests())
    .toMatchObject([{ transport: 'websocket', end: 'final', chars: 9 }]);
});

test('localhost, 127.0.0.1 and [::1] are the same server', async ({ page, rehearsal }) => {
  await rehearsal.use({ behaviour: { text: { given: 'one server' } } });
  const { port } = new URL(rehearsal.endpoint);
  for (const origin of [...otherSpellings, `http://localhost:${port}`]) {
    expect(await page.evaluate(fetchText, origin + path)).toMatchObject({ status: 200 });
    expect(await page.evaluate(eventSourceText, origin + path)).toBe('one server');
    expect(await page.evaluate(webSocketText, origin + path)).toContain('"isFinal":true');
  }
  const ends = () => rehearsal.requests().map(({ transport, end }) => `${transport} ${end}`);
  const once = ['POST final', 'GET final', 'websocket final'];
  await expect.poll(ends).toEqual([...once, ...once, ...once]);
});

test('requests to other origins and paths are not redirected', async ({ page, app, rehearsal }) => {
  app.requests.length = 0;
  const id = rehearsal.headers['x-rehearsal-test'] ?? 'none';
  expect((await page.evaluate(fetchText, `${app.url}${path}?own=1`)).text).toContain('an app');
  expect((await page.evaluate(fetchText, `${app.url}/other`)).text).toContain('an app');
  expect(app.requests).toHaveLength(2);
  expect(app.requests.join()).toContain(`${path}?own=1`);
  expect(app.requests.join()).not.toContain(id);
  expect(rehearsal.requests()).toEqual([]);
});
