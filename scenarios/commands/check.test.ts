import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterEach, expect, onTestFinished, test } from 'vitest';

import { startGateway } from '../../gateway/server.ts';
import type { CheckReport } from '../check/check-report.ts';
import { startPlantedAgent } from '../check/testing/planted-agent.ts';
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

/** Returns a port on which nothing listens. */
async function closedPort(): Promise<number> {
  const port = await listen(createTcpServer());
  const server = servers.pop();
  server?.close();
  if (server !== undefined) await once(server, 'close');
  return port;
}

test('the clauses of a gateway are judged, and the command that repeats one has no secret', async () => {
  const agentPort = await closedPort();
  const gateway = await startGateway(
    { port: 0, agentAddress: `127.0.0.1:${agentPort}`, closeGraceMs: 500 },
    pino({ level: 'silent' }),
  );
  onTestFinished(gateway.close);
  const headers = ['--header', 'x-team: secret-value', '--header', 'x-shell=env:PATH'];
  const args = ['--agent-port', `${agentPort}`, '--only', 'A1,B1', '--json', ...headers];
  const { code, stdout } = await runInProcess('check', gateway.url, ...args);
  const { clauses }: CheckReport = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(clauses.filter(({ answer }) => answer !== 'skipped')).toMatchObject([
    { id: 'A1', answer: 'ok', seen: 'both are streams' },
    {
      id: 'B1',
      answer: 'ok',
      again: `rehearsal check ${gateway.url} --agent-port ${agentPort} --header 'x-team: …' --header 'x-shell=env:PATH' --only B1`,
    },
  ]);
});

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
  const url = `http://127.0.0.1:${await closedPort()}`;
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

test('the check of a gateway that requires a token says so, and removes its folder', async () => {
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

test.each([
  [[], 'nothing to check; name the URL of a gateway, or --agent host:port'],
  [
    ['http://127.0.0.1:1', '--agent', '127.0.0.1:1'],
    'a gateway and --agent cannot be checked together; name one',
  ],
  [
    ['http://127.0.0.1:1', '--failing-prompt', 'fail'],
    '--failing-prompt and --failing-text are for --agent',
  ],
  [['--agent', 'localhost'], '--agent: "localhost" has no port; write localhost:50051'],
  [['--agent', 'dns:///agent:1'], '--agent: "dns:///agent:1" is not the address of one agent'],
  [
    ['--agent', 'unix:/agent', '--start', 'agent'],
    '--start waits for a port, and a Unix socket has none',
  ],
  [['--agent', '127.0.0.1:1', '--only', 'B2'], '--only: there is no clause "B2"'],
])('wrong words about what to check are refused: %j', async (args, message) => {
  expect(await runInProcess('check', ...args)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(message),
  });
});

test.each([
  [
    ['ftp://127.0.0.1/', '--header', 'team', '--ca', 'none.pem', '--upstream-port', '1'],
    [
      '"ftp://127.0.0.1/" is not a URL with http or https',
      "--header: write 'name: value'",
      '--ca: none.pem cannot be read',
      '--upstream-port needs --upstream-dialect',
    ],
  ],
  [
    ['http://127.0.0.1:1', '--failing-text', 'a', '--agent-tls', '--only', 'B33,C', '--skip', 'Q'],
    [
      '--failing-prompt and --failing-text are for --agent',
      '--agent-tls is for --agent',
      '--only: there is no clause "B33"',
      '--only: there is no clause "C"',
      '--skip: there is no clause "Q"',
    ],
  ],
  [
    ['--agent', 'localhost', '--agent-ca', 'none.pem', '--insecure', '--known', 'none.yaml'],
    [
      '--agent: "localhost" has no port',
      '--agent-ca: none.pem cannot be read',
      '--ca and --insecure are for an https gateway',
      '--known: none.yaml',
    ],
  ],
])('every mistake in the flags is told at once: %j', async (args, mistakes) => {
  const { code, stdout, stderr } = await runInProcess('check', ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.trimEnd().split('\n')).toEqual(
    mistakes.map((mistake) => expect.stringContaining(`rehearsal: ${mistake}`)),
  );
});

test('an agent is judged, and the command repeats its check', async () => {
  const { address, close } = await startPlantedAgent('health-reading');
  onTestFinished(close);
  const only = ['--only', 'A5,A5-reading,health-reading,C1', '--json'];
  const { code, stdout } = await runInProcess('check', '--agent', address, ...only);
  const { clauses, subject }: CheckReport = JSON.parse(stdout);
  expect({ code, subject }).toEqual({ code: 3, subject: address });
  expect(clauses.filter(({ answer }) => answer !== 'skipped')).toMatchObject([
    { id: 'A5', answer: 'ok' },
    { id: 'A5-reading', answer: 'ok' },
    {
      id: 'health-reading',
      answer: 'differs',
      expected: 'SERVING for the server',
      seen: 'UNIMPLEMENTED',
      again: `rehearsal check --agent ${address} --only health-reading`,
    },
    { id: 'C1', answer: 'not testable', seen: expect.stringContaining('--failing-prompt TEXT') },
  ]);
});
