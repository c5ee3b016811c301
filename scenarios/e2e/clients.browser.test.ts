import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { startGateway } from '../../gateway/server.ts';
import { skipsBrowser } from '../../reports/testing/browser.ts';
import { frontend } from './support/frontend.ts';
import { startInProcess } from './support/in-process-stack.ts';

const { openPage } = frontend();

const text = '第一句。“引号” 👨‍👩‍👧‍👦\r\n最后一句。';
const behaviour = { text: { given: text }, firstToken: '20ms', interToken: '20ms' };

test.skipIf(skipsBrowser)(
  'a native EventSource on a page of another origin reads a stream to its final message',
  async () => {
    const { endpoint } = await startInProcess(behaviour, { pingIntervalMs: 50 });
    const page = await openPage();
    const seen = await page.evaluate(
      (url) =>
        new Promise<{ text: string; pings: number; opened: boolean }>((resolve, reject) => {
          const source = new EventSource(url);
          const seen = { text: '', pings: 0, opened: false };
          source.addEventListener('open', () => {
            seen.opened = true;
          });
          source.addEventListener('ping', () => {
            seen.pings += 1;
          });
          source.addEventListener('message', ({ data }) => {
            const message = JSON.parse(data) as { delta: string; isFinal: boolean };
            seen.text += message.delta;
            if (!message.isFinal) return;
            source.close();
            resolve(seen);
          });
          source.addEventListener('error', () => {
            reject(new Error('the connection was lost'));
          });
        }),
      `${endpoint}?stream=true&prompt=${encodeURIComponent('写一段500字的故事')}`,
    );
    expect(seen).toMatchObject({ text, opened: true });
    expect(seen.pings).toBeGreaterThan(0);
  },
);

test.skipIf(skipsBrowser)(
  'a native EventSource goes on after a cut, and after the end starts no second generation',
  async () => {
    const { agent, endpoint } = await startInProcess(
      { ...behaviour, faults: [{ dropConnection: { at: { chars: 10 }, midEvent: true } }] },
      { wireFaults: true, retryMs: 50 },
    );
    const page = await openPage();
    const read = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const source = new EventSource(url);
          let text = '';
          source.addEventListener('message', ({ data }) => {
            text += (JSON.parse(data) as { delta: string }).delta;
          });
          source.addEventListener('error', () => {
            if (source.readyState === EventSource.CLOSED) resolve(text);
          });
        }),
      `${endpoint}?prompt=${encodeURIComponent('写一段500字的故事')}&key=k`,
    );
    expect(read).toBe(text);
    expect(agent.stats().streamsStarted).toBe(2);
  },
);

test.skipIf(skipsBrowser).each(['missingEvent', 'malformedJson'])(
  'a native EventSource comes to an end though its final message is lost: %s',
  async (fault) => {
    const { agent, endpoint } = await startInProcess(
      { ...behaviour, faults: [{ [fault]: { at: 'end' } }] },
      { wireFaults: true, retryMs: 50 },
    );
    const page = await openPage();
    const read = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const source = new EventSource(url);
          let text = '';
          source.addEventListener('message', ({ data }) => {
            text += /"delta":("[^"]*")/.exec(data)?.[1] ?? '';
          });
          source.addEventListener('error', () => {
            if (source.readyState === EventSource.CLOSED) resolve(text);
          });
        }),
      `${endpoint}?prompt=a&key=k`,
    );
    expect(read.replaceAll('"', '')).toBe(JSON.stringify(text).replaceAll('"', ''));
    expect(agent.stats().streamsStarted).toBe(2);
  },
);

test.skipIf(skipsBrowser)(
  'a native EventSource reads the whole text though the gateway is restarted in the middle',
  async () => {
    const long = Array.from({ length: 40 }, (_, line) => `第${line}句。`).join('');
    const slow = { text: { given: long }, firstToken: '20ms', interToken: '20ms' };
    const { agent, gateway, endpoint } = await startInProcess(slow, { retryMs: 50 });
    const page = await openPage();
    await page.exposeFunction('restart', async () => {
      await gateway.close();
      const port = Number(new URL(gateway.url).port);
      const log = pino({ level: 'silent' });
      const again = await startGateway({ port, agentAddress: agent.address, retryMs: 50 }, log);
      onTestFinished(() => again.close());
    });
    const seen = await page.evaluate(
      (url) =>
        new Promise<{ text: string; errors: string[] }>((resolve) => {
          const source = new EventSource(url);
          const seen = { text: '', errors: [] as string[] };
          source.addEventListener('message', ({ data }) => {
            const isFirst = seen.text === '';
            seen.text += (JSON.parse(data) as { delta: string }).delta;
            if (isFirst) (window as unknown as { restart(): void }).restart();
          });
          source.addEventListener('error', (event) => {
            if (event instanceof MessageEvent) {
              seen.errors.push((JSON.parse(String(event.data)) as { code: string }).code);
            }
            if (source.readyState === EventSource.CLOSED) resolve(seen);
          });
        }),
      `${endpoint}?prompt=a&key=k`,
    );
    expect(seen).toEqual({ text: long, errors: ['SHUTTING_DOWN'] });
    expect(agent.stats().streamsStarted).toBe(2);
  },
);

test.skipIf(skipsBrowser)(
  'a native WebSocket on a page of another origin reads a stream, and why a request is refused',
  async () => {
    const { endpoint } = await startInProcess(behaviour);
    const page = await openPage();
    const ask = (query: string) =>
      page.evaluate(
        (url) =>
          new Promise<{ text: string; error: string; code: number }>((resolve) => {
            const seen = { text: '', error: '' };
            const webSocket = new WebSocket(url);
            webSocket.addEventListener('message', ({ data }) => {
              const event = JSON.parse(String(data)) as {
                data: { delta?: string; code?: string };
              };
              seen.text += event.data.delta ?? '';
              seen.error += event.data.code ?? '';
            });
            webSocket.addEventListener('close', ({ code }) => resolve({ ...seen, code }));
          }),
        `${endpoint.replace('http', 'ws')}${query}`,
      );
    expect(await ask('?prompt=hello')).toEqual({ text, error: '', code: 1000 });
    expect(await ask('?prompt=')).toEqual({ text: '', error: 'INVALID_REQUEST', code: 1008 });
  },
);

test.skipIf(skipsBrowser)(
  'a fetch reader on a page of another origin posts with a bearer token and reads as the text comes',
  async () => {
    const { endpoint } = await startInProcess({ ...behaviour, interToken: '60ms' });
    const page = await openPage();
    const seen = await page.evaluate(async (url) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Authorization: 'Bearer token',
          'x-rehearsal-key': 'k',
        },
        body: JSON.stringify({ prompt: 'a', model: 'gpt-4', stream: true }),
      });
      const decoder = new TextDecoder();
      const reader = response.body?.getReader();
      let body = '';
      let reads = 0;
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) return { type: response.headers.get('content-type'), body, reads };
        body += decoder.decode(value, { stream: true });
        reads += 1;
      }
    }, endpoint);
    const deltas = seen.body
      .split('\n\n')
      .filter((block) => block !== '')
      .map(
        (block) => JSON.parse(block.replace(/^event: message\ndata: /, '')) as { delta: string },
      );
    expect(deltas.map(({ delta }) => delta).join('')).toBe(text);
    expect(seen.type).toBe('text/event-stream');
    expect(seen.reads).toBeGreaterThan(1);
  },
);

test.skipIf(skipsBrowser)(
  'a page of another origin can read why its request was refused',
  async () => {
    const { endpoint, agent } = await startInProcess(behaviour);
    const page = await openPage();
    const ask = (body: unknown) =>
      page.evaluate(
        async ([url, sent]) => {
          const response = await fetch(url, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: sent,
          });
          return { status: response.status, body: (await response.json()) as unknown };
        },
        [endpoint, JSON.stringify(body)] as const,
      );
    expect(await ask({})).toEqual({
      status: 400,
      body: {
        error: 'The request is not valid',
        code: 'INVALID_REQUEST',
        details: 'prompt: is required',
      },
    });
    await agent.close();
    expect(await ask({ prompt: 'a' })).toMatchObject({
      status: 503,
      body: { code: 'AGENT_UNAVAILABLE' },
    });
  },
);

test.skipIf(skipsBrowser)(
  'a page of another origin can tell an error of the server from a lost connection, and read a 401',
  async () => {
    const failing = await startInProcess({
      ...behaviour,
      faults: [{ errorStatus: { at: { chars: 5 } } }],
    });
    const cut = await startInProcess(
      { ...behaviour, faults: [{ resetConnection: { at: { chars: 5 } } }] },
      { wireFaults: true, eventIds: false },
    );
    const closed = await startInProcess(behaviour, { auth: ['a-token'] });
    const page = await openPage();
    const firstError = (endpoint: string) =>
      page.evaluate(
        (url) =>
          new Promise<string>((resolve) => {
            const source = new EventSource(url);
            source.addEventListener('error', (event) => {
              source.close();
              // Both come to the same listener; only what the server sent has data.
              const code = event instanceof MessageEvent ? String(event.data) : '';
              resolve(code === '' ? 'lost' : (JSON.parse(code) as { code: string }).code);
            });
          }),
        `${endpoint}?prompt=a`,
      );
    expect(await firstError(failing.endpoint)).toBe('GENERATION_ERROR');
    expect(await firstError(cut.endpoint)).toBe('lost');
    const refused = await page.evaluate(async (url) => {
      const response = await fetch(url, { headers: { Authorization: 'Bearer wrong' } });
      const { code } = (await response.json()) as { code: string };
      return [response.status, code, response.headers.get('www-authenticate')];
    }, `${closed.endpoint}?prompt=a`);
    expect(refused).toEqual([
      401,
      'UNAUTHENTICATED',
      'Bearer realm="rehearsal", error="invalid_token"',
    ]);
  },
);

test.skipIf(skipsBrowser)(
  'an aborted fetch in a page reaches the agent as a cancelled call',
  async () => {
    const { endpoint, agent } = await startInProcess({
      ...behaviour,
      interToken: '10s',
      chunkChars: 1,
    });
    const page = await openPage();
    await page.evaluate(async (url) => {
      const leaving = new AbortController();
      const response = await fetch(`${url}?prompt=a`, { signal: leaving.signal });
      await response.body?.getReader().read();
      leaving.abort();
    }, endpoint);
    await expect.poll(() => agent.stats().streamsCancelled).toBe(1);
    expect(agent.stats().streamsOpen).toBe(0);
  },
);
