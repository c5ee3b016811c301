import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, test } from 'vitest';

import { runInProcess } from '../e2e/support/run-in-process.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Checks a gateway that answers so. */
async function checkOf(answer: RequestListener, ...flags: string[]) {
  const url = `http://127.0.0.1:${await listen(createServer(answer))}`;
  return { url, ...(await runInProcess('check', url, '--agent-port', '0', ...flags)) };
}

/** A URL at which nothing listens. */
async function closedUrl(): Promise<string> {
  const port = await listen(createTcpServer());
  const server = servers.pop();
  server?.close();
  if (server !== undefined) await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

test('an unknown clause is refused with the nearest one', async () => {
  for (const flag of ['--only', '--skip']) {
    expect(await runInProcess('check', 'http://127.0.0.1:1', flag, 'B3,C2-readin')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        `${flag}: there is no clause "C2-readin"; did you mean "C2-reading"?`,
      ),
    });
  }
});

test('a URL that is none is refused with what to write', async () => {
  for (const url of ['localhost:8080', 'ftp://127.0.0.1/', 'nothing']) {
    expect(await runInProcess('check', url)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        `"${url}" is not a URL with http or https; write the gateway's, such as http://127.0.0.1:8080`,
      ),
    });
  }
});

test('a gateway that is not there is named', async () => {
  const url = await closedUrl();
  const { code, stdout, stderr } = await runInProcess('check', url, '--agent-port', '0');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`${url}/api/v1/ai/generate does not answer: connect ECONNREFUSED`);
  expect(stderr).toMatch(
    /start the gateway, with 127\.0\.0\.1:\d+ as its agent, or let --start 'COMMAND' do it/,
  );
});

test('a gateway that calls another agent is not judged', async () => {
  const { url, code, stdout, stderr } = await checkOf((_, response) => {
    response
      .writeHead(200, { 'Content-Type': 'text/event-stream' })
      .end('event: message\ndata: {"delta":"other","isFinal":true}\n\n');
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`${url}/api/v1/ai/generate answered status 200, text/event-stream`);
  expect(stderr).toMatch(/did not call our agent; start it with 127\.0\.0\.1:\d+ as its agent/);
});

test('a gateway that asks for a token is told so, and its folder is taken back', async () => {
  const out = join(tmpdir(), `rehearsal-check-${process.pid}`);
  const { code, stderr } = await checkOf(
    (_, response) => response.writeHead(401, { 'Content-Type': 'text/plain' }).end('who?'),
    '--out',
    out,
  );
  expect(code).toBe(2);
  expect(stderr).toContain('answered status 401, text/plain: who?, and did not call our agent');
  expect(stderr).toContain('give the headers that it asks for with --header');
  await expect(access(out)).rejects.toThrow('ENOENT');
});

test('a port of the agent that is in use is named', async () => {
  const port = await listen(createTcpServer());
  const args = ['check', 'http://127.0.0.1:1', '--agent-port', `${port}`];
  expect(await runInProcess(...args)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      `--agent-port: 127.0.0.1:${port} is in use; choose another, or 0 for a free one`,
    ),
  });
});
