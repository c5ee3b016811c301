import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { generatePath } from '../../../proto/interface.ts';
import { textOf } from '../../../gateway/testing/faulty-agent.ts';
import { askHttp2, connectHttp2, startHttps } from '../../../gateway/testing/http2-client.ts';
import { writeFiles } from '../../../proto/testing/write-files.ts';
import { createAuthority } from '../../../proto/testing/authority.ts';
import {
  post,
  sayHello,
  startBefore,
  startGatewayBefore,
} from '../../../gateway/testing/start-before.ts';
import { freePort } from '../../processes/start-command.ts';
import { skipsNginx } from '../support/peers/nginx.ts';

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Starts nginx with its default settings for everything but its files. */
async function startNginx(listen: string, location: string, ofServer = ''): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-nginx-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    join(folder, 'nginx.conf'),
    [
      'daemon off; master_process off; error_log stderr crit;',
      `pid ${folder}/pid; events {}`,
      'http { access_log off;',
      ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
      `server { listen 127.0.0.1:${port}${listen}; ${ofServer} location / { ${location}; } } }`,
    ].join('\n'),
  );
  const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(nginx, 'exit');
  onTestFinished(async () => {
    nginx.kill('SIGTERM');
    await ended;
  });
  await expect.poll(() => isListening(port)).toBe(true);
  return port;
}

async function startNginxBefore(gatewayUrl: string): Promise<string> {
  return `http://127.0.0.1:${await startNginx('', `proxy_pass ${gatewayUrl}`)}`;
}

test.skipIf(skipsNginx)(
  'an agent that is down behind nginx is unavailable, and not ready',
  async () => {
    const port = await startNginx(' http2', `grpc_pass grpc://127.0.0.1:${await freePort()}`);
    const { url, endpoint } = await startGatewayBefore(`127.0.0.1:${port}`);
    const details = expect.stringContaining('HTTP status 502, content type text/html');
    for (const response of [await post(endpoint), await fetch(`${url}/readyz`)]) {
      const unavailable = { code: 'AGENT_UNAVAILABLE', details };
      expect([response.status, await response.json()]).toMatchObject([503, unavailable]);
    }
  },
);

test.skipIf(skipsNginx)('an agent to whom nginx lets nobody through is forbidden', async () => {
  const port = await startNginx(' http2', 'return 403');
  const { endpoint } = await startGatewayBefore(`127.0.0.1:${port}`);
  const response = await post(endpoint);
  expect([response.status, await response.json()]).toMatchObject([403, { code: 'FORBIDDEN' }]);
});

test.skipIf(skipsNginx)('nginx as it comes passes every event on at once', async () => {
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

test.skipIf(skipsNginx)('a client of nginx that leaves ends the generation behind it', async () => {
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

test.skipIf(skipsNginx)('an error before the stream comes through nginx as it is', async () => {
  const { url } = await startBefore(() => {});
  const nginx = await startNginxBefore(url);
  const response = await post(nginx + generatePath, '{}');
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { code: 'INVALID_REQUEST' },
  ]);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
});

test.skipIf(skipsNginx)(
  'nginx ends TLS before the gateway, and checks the certificate that the gateway has',
  async () => {
    const gateway = await startHttps(sayHello);
    const outside = await createAuthority('outside');
    const files = await writeFiles({ ...(await outside.issue()), ca: gateway.ca });
    const port = await startNginx(
      ' ssl http2',
      `proxy_pass ${gateway.url}; proxy_http_version 1.1; proxy_ssl_verify on;` +
        `proxy_ssl_trusted_certificate ${files.ca}; proxy_ssl_name localhost`,
      `ssl_certificate ${files.cert}; ssl_certificate_key ${files.key};`,
    );
    const session = connectHttp2(`https://127.0.0.1:${port}`, outside.ca);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => askHttp2(session, `${generatePath}?prompt=a`)),
    );
    for (const { status, headers, body, ending } of answers) {
      expect([status, headers['server'], textOf(body), ending]).toEqual([
        200,
        expect.stringContaining('nginx'),
        'Hello!',
        'end',
      ]);
    }
  },
);
