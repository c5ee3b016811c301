import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, test } from 'vitest';

import { generatePath } from '../../gateway/generate-path.ts';
import { post, startBefore } from '../../gateway/testing/start-before.ts';

const skips = !isInstalled() && process.env['REQUIRE_BROWSER'] !== '1';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function isInstalled(): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** nginx with its default settings for everything but where things are; `proxy_pass` alone. */
async function startNginxBefore(gatewayUrl: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-nginx-'));
  closers.push(() => rm(folder, { recursive: true }));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    join(folder, 'nginx.conf'),
    [
      'daemon off; master_process off; error_log stderr crit;',
      `pid ${folder}/pid; events {}`,
      'http { access_log off;',
      ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
      `server { listen 127.0.0.1:${port}; location / { proxy_pass ${gatewayUrl}; } } }`,
    ].join('\n'),
  );
  const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(nginx, 'exit');
  closers.push(() => {
    nginx.kill('SIGTERM');
    return ended;
  });
  await expect.poll(() => isListening(port), { timeout: 10_000 }).toBe(true);
  return `http://127.0.0.1:${port}`;
}

test.skipIf(skips)('nginx as it comes passes every event on at once', async () => {
  const said = ['one ', 'two ', 'three ', 'four ', 'five'];
  let say = () => {};
  const { url } = await startBefore((call) => {
    let index = 0;
    say = () => {
      call.write({ delta: said[index] ?? '', isFinal: index === said.length - 1 });
      index += 1;
      if (index === said.length) call.end();
    };
    say();
  });
  const nginx = await startNginxBefore(url);
  const response = await post(nginx + generatePath);
  expect(response.headers.get('server')).toContain('nginx');
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events: string[] = [];
  // The agent says the next word only once the last one is here: with a buffer on the way, nothing would come.
  for await (const bytes of response.body ?? []) {
    const event = Buffer.from(bytes).toString();
    events.push(event);
    if (!event.includes('"isFinal":true')) say();
  }
  expect(events).toEqual(
    said.map(
      (delta, index) =>
        `event: message\ndata: ${JSON.stringify({ delta, isFinal: index === said.length - 1 })}\n\n`,
    ),
  );
});

test.skipIf(skips)('a client of nginx that leaves ends the generation behind it', async () => {
  let cancelled = false;
  const { url, openStreams } = await startBefore((call) => {
    call.write({ delta: 'text' });
    call.on('cancelled', () => {
      cancelled = true;
    });
  });
  const nginx = await startNginxBefore(url);
  const response = await post(nginx + generatePath);
  expect(openStreams()).toBe(1);
  await response.body?.cancel();
  await expect.poll(openStreams).toBe(0);
  await expect.poll(() => cancelled).toBe(true);
});

test.skipIf(skips)('an error before the stream comes through nginx as it is', async () => {
  const { url } = await startBefore(() => {});
  const nginx = await startNginxBefore(url);
  const response = await post(nginx + generatePath, '{}');
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { code: 'INVALID_REQUEST' },
  ]);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
});
