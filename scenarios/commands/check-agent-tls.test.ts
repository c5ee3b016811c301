import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import type { MockAgentOptions } from '../../mock-agent/server.ts';
import { readCertificates } from '../../proto/http2/tls-files.ts';
import { listenOn } from '../../proto/listen.ts';
import { createAuthority, type Authority, type Issued } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import type { CheckReport } from '../check/check-report.ts';
import { startInProcess } from '../e2e/support/in-process-stack.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';
import { freePort } from '../processes/start-command.ts';

/** By gRPC, the question of its health, as bare HTTP/2, and below our gateway. */
const everyWay = 'A5,health-reading,B4,E2';

const flagsOfAgent = { ca: '--client-ca', cert: '--tls-cert', key: '--tls-key' };

let authority: Authority;
let stranger: Authority;
let issued: Issued;

beforeAll(async () => {
  authority = await createAuthority();
  stranger = await createAuthority('a stranger');
  issued = await authority.issue();
});

async function startAgent(options: Partial<MockAgentOptions> = {}): Promise<string> {
  const behaviour = { text: { generate: { chars: 300 } }, firstToken: '20ms', interToken: '4ms' };
  const { agent } = await startInProcess(behaviour, {}, [], options);
  return agent.address;
}

/** Starts our agent over TLS; returns its address and the files of its authority. */
async function startTlsAgent({ own = issued, isMutual = false, socketPath = '' } = {}) {
  const files = await writeFiles({ ca: authority.ca, ...own });
  const clientCa = isMutual ? files.ca : undefined;
  const certificates = readCertificates({ ...files, ca: clientCa }, flagsOfAgent, () => {});
  const address = await startAgent({
    certificates,
    ...(socketPath === '' ? {} : { socketPath }),
  });
  return { address, ...files };
}

/** Returns the path of a Unix socket that is not there yet. */
async function freeSocketPath(): Promise<string> {
  const { socket } = await writeFiles({ socket: '' });
  await rm(socket);
  return socket;
}

const check = (address: string, ...flags: string[]) =>
  runInProcess('check', '--agent', address, '--only', everyWay, '--json', ...flags);

/** Returns what a check says of an agent that keeps every clause. */
async function reportOf(address: string, ...flags: string[]) {
  const { code, stdout, stderr } = await check(address, ...flags);
  expect(stderr).toBe('');
  const { clauses, ...report }: CheckReport = JSON.parse(stdout);
  const judged = clauses.filter(({ answer }) => answer !== 'skipped');
  expect(judged.filter(({ answer }) => answer !== 'ok')).toEqual([]);
  expect({ code, ids: judged.map(({ id }) => id).join() }).toEqual({ code: 0, ids: everyWay });
  return report;
}

test('an agent over TLS is checked in every way, and the report says so', async () => {
  const { address, ca } = await startTlsAgent();
  expect(await reportOf(address, '--agent-ca', ca)).toMatchObject({
    subject: `grpcs://${address}`,
    insecure: false,
    command: `rehearsal check --agent ${address} --agent-ca '${ca}'`,
  });
});

test('an agent with mutual TLS is checked in every way', async () => {
  const { address, ca, cert, key } = await startTlsAgent({ isMutual: true });
  const own = ['--agent-cert', cert, '--agent-key', key];
  expect(await reportOf(address, '--agent-tls', '--agent-ca', ca, ...own)).toMatchObject({
    subject: `grpcs://${address}`,
    command: `rehearsal check --agent ${address} --agent-tls --agent-ca '${ca}' --agent-cert '${cert}' --agent-key '${key}'`,
  });
});

test('another name of the certificate is chosen with --agent-authority', async () => {
  const own = await authority.issue({ hosts: ['agent.example'] });
  const { address, ca } = await startTlsAgent({ own });
  const named = ['--agent-ca', ca, '--agent-authority', 'agent.example'];
  expect(await reportOf(address, ...named)).toMatchObject({ subject: `grpcs://${address}` });
});

test('an agent at a Unix socket is checked in every way, with TLS and without', async () => {
  const [plainPath, socketPath] = [await freeSocketPath(), await freeSocketPath()];
  const plain = await startAgent({ socketPath: plainPath });
  expect(await reportOf(plain)).toMatchObject({ subject: `unix:${plainPath}` });
  const { ca } = await startTlsAgent({ socketPath });
  expect(await reportOf(`unix:${socketPath}`, '--agent-ca', ca)).toMatchObject({
    subject: `grpcs://unix:${socketPath}`,
  });
});

describe('before any clause is judged, the check says what is wrong with', () => {
  const refused = (words: RegExp | string) => ({
    code: 2,
    stdout: '',
    stderr:
      typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words),
  });

  test('an authority that is missing, or another one', async () => {
    const { address } = await startTlsAgent();
    const { ca } = await writeFiles({ ca: stranger.ca });
    const words = `${address}: the agent's certificate is not signed by a trusted authority; name its authority with --agent-ca`;
    expect(await check(address, '--agent-tls')).toEqual(refused(words));
    expect(await check(address, '--agent-ca', ca)).toEqual(refused(words));
  });

  test('a certificate for another host', async () => {
    const own = await authority.issue({ hosts: ['agent.example'] });
    const { address, ca } = await startTlsAgent({ own });
    expect(await check(address, '--agent-ca', ca)).toEqual(
      refused(
        `${address}: the agent's certificate is not for 127.0.0.1 but for agent.example; choose a name of the certificate with --agent-authority`,
      ),
    );
  });

  test('a certificate that has expired', async () => {
    const { address, ca } = await startTlsAgent({ own: await authority.issue({ days: -1 }) });
    expect(await check(address, '--agent-ca', ca)).toEqual(
      refused(`${address}: the agent's certificate has expired`),
    );
  });

  test('a client without a certificate, and with one of another authority', async () => {
    const { address, ca } = await startTlsAgent({ isMutual: true });
    const { cert, key } = await writeFiles({ ...(await stranger.issue()) });
    // The reason that the agent sends may be lost with its connection.
    const lost =
      'closed the connection .* may refuse the certificate of --agent-cert, or expect one';
    expect(await check(address, '--agent-ca', ca)).toEqual(
      refused(
        new RegExp(
          `the agent (?:refuses a client without a certificate; name one with --agent-cert and --agent-key|${lost})`,
        ),
      ),
    );
    const own = ['--agent-cert', cert, '--agent-key', key];
    expect(await check(address, '--agent-ca', ca, ...own)).toEqual(
      refused(new RegExp(`the agent (?:refuses the certificate of --agent-cert|${lost})`)),
    );
  });

  test('TLS to an agent without it', async () => {
    const address = await startAgent();
    expect(await check(address, '--agent-tls')).toEqual(
      refused(`${address}: the agent does not speak TLS; leave out --agent-tls`),
    );
  });

  test.each([
    [{ ALPNProtocols: ['http/1.1'] }, 'the handshake of TLS fails: '],
    [{}, 'the agent does not answer in HTTP/2: '],
  ])('a server of HTTPS that does not speak HTTP/2: %j', async (options, words) => {
    const server = createTlsServer({ ...issued, ...options }, (socket) => {
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    const address = `127.0.0.1:${await listenOn(server, '127.0.0.1', 0)}`;
    onTestFinished(() => void server.close());
    const { ca } = await writeFiles({ ca: authority.ca });
    expect(await check(address, '--agent-ca', ca)).toEqual(refused(`${address}: ${words}`));
  });

  test.each([false, true])('no TLS to an agent with it (mutual: %s)', async (isMutual) => {
    const { address } = await startTlsAgent({ isMutual });
    expect(await check(address)).toEqual(
      refused(`${address}: the agent expects TLS; write --agent-tls, or --agent-ca FILE`),
    );
  });
});

test.each([
  [['--agent-ca', 'none.pem'], '--agent-ca: none.pem cannot be read'],
  [['--agent-key', 'agent.key'], '--agent-key: needs --agent-cert too'],
  [['--ca', 'ca.pem'], '--ca and --insecure are for an https gateway; write --agent-ca FILE'],
  [['--insecure'], '--ca and --insecure are for an https gateway; write --agent-ca FILE'],
])('files and flags that cannot be used are refused: %j', async (flags, words) => {
  expect(await check('127.0.0.1:1', ...flags)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(words),
  });
});

test.each([
  [['--agent-tls'], '--agent-tls is for --agent'],
  [['--agent-authority', 'agent.example'], '--agent-authority is for --agent'],
])('flags of an agent are refused for a gateway: %j', async (flags, words) => {
  expect(await runInProcess('check', 'http://127.0.0.1:1', ...flags)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(words),
  });
});

test('an agent that is not there is named, and one that starts late is waited for', async () => {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const { code, stdout, stderr } = await check(address);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(
    `${address}: the agent does not accept a connection: connect ECONNREFUSED ${address}; start the agent there, or let --start 'COMMAND' do it`,
  );
  const report = reportOf(address);
  await sleep(500);
  await startAgent({ port });
  expect(await report).toMatchObject({ subject: address, insecure: false });
});
