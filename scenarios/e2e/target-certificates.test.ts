import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { RequestListener, Server } from 'node:http';
import { join } from 'node:path';

import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { startGateway } from '../../gateway/server.ts';
import { listenOn } from '../../proto/listen.ts';
import { createAuthority, type Issued } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import { parseReport } from '../../reports/parse-report.ts';
import { selfSigned } from '../load/testing/self-signed.ts';
import { runInProcess } from './support/run-in-process.ts';

const scenario = 'version: 1\ndescription: a test\nload: { total: 4, streams: 2, ramp: 0s }\n';

/** Starts a server that answers with one message; returns its port and the headers of its requests. */
async function start(issued?: Issued) {
  const tokens: unknown[] = [];
  const answer: RequestListener = (request, response) => {
    tokens.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('event: message\ndata: {"delta":"a","isFinal":true}\n\n');
  };
  const server: Server =
    issued === undefined ? createServer(answer) : createTlsServer(issued, answer);
  // Clients that refuse the certificate.
  server.on('tlsClientError', () => {});
  const port = await listenOn(server, '127.0.0.1', 0);
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port, tokens };
}

const token = ['--header', 'authorization: Bearer secret'];

async function runOn(target: string, ...flags: string[]) {
  const files = await writeFiles({ 'few.yaml': scenario, report: '' });
  const out = join(files.report, '..', 'out');
  const finished = await runInProcess(
    'run',
    files['few.yaml'],
    '--target',
    target,
    '--out',
    out,
    ...token,
    ...flags,
  );
  return { ...finished, out };
}

const recordOf = (target: string, ...flags: string[]) =>
  runInProcess('record', target, '--prompt', 'a', ...token, ...flags);

const checkOf = (target: string, ...flags: string[]) =>
  runInProcess('check', target, '--agent-port', '0', '--only', 'B1', ...token, ...flags);

const reportIn = async (out: string) =>
  parseReport(await readFile(join(out, 'report.json'), 'utf8'), '');

const authority = await createAuthority();
const { ca } = authority;

const problems: readonly [name: string, issued: Issued, words: RegExp][] = [
  [
    'has expired',
    await authority.issue({ days: -1 }),
    /its certificate has expired \(CERT_HAS_EXPIRED\)/,
  ],
  [
    'is for another name',
    await authority.issue({ hosts: ['staging.example'] }),
    /its certificate is not for 127\.0\.0\.1 but for staging\.example/,
  ],
  [
    'is of another authority',
    await (await createAuthority('a stranger')).issue(),
    /its certificate is not signed by a trusted authority/,
  ],
  [
    'is signed by itself',
    selfSigned,
    /its certificate is signed by itself and not by an authority/,
  ],
];

test.each(problems)(
  'a certificate that %s ends run, record and check with exit code 2 before a token leaves',
  async (_, issued, words) => {
    const { port, tokens } = await start(issued);
    const files = await writeFiles({ ca });
    for (const command of [runOn, recordOf, checkOf]) {
      const { code, stderr } = await command(`https://127.0.0.1:${port}`, '--ca', files.ca);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(words) });
    }
    expect(tokens).toEqual([]);
  },
);

test('--ca adds an authority for run and record, and the report says nothing of certificates', async () => {
  const { port, tokens } = await start(await authority.issue());
  const files = await writeFiles({ ca });
  const { out } = await runOn(`https://127.0.0.1:${port}`, '--ca', files.ca);
  const report = await reportIn(out);
  expect(report.metrics).toMatchObject({ connectionSuccess: 1, streamSuccess: 1 });
  expect(report.target.insecure).toBe(false);
  expect(await readFile(join(out, 'report.md'), 'utf8')).not.toContain('not checked');
  const { code, stdout } = await recordOf(`https://127.0.0.1:${port}`, '--ca', files.ca);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('"text":"a"') });
  expect(new Set(tokens)).toEqual(new Set(['Bearer secret']));
});

test('the report of a run with --insecure says that the certificate was not checked', async () => {
  const { port } = await start(selfSigned);
  const { out, stdout } = await runOn(`https://127.0.0.1:${port}`, '--insecure');
  const report = await reportIn(out);
  expect(report.metrics).toMatchObject({ connectionSuccess: 1, streamSuccess: 1 });
  expect(report.target.insecure).toBe(true);
  const words = 'the certificate of the target was not checked';
  expect(stdout).toContain(words);
  for (const file of ['report.md', 'report.html']) {
    expect(await readFile(join(out, file), 'utf8')).toContain(words);
  }
});

test('https: for a server without TLS, and http: for one with it, are told apart', async () => {
  const plain = await start();
  const secure = await start(await authority.issue());
  for (const command of [runOn, recordOf, checkOf]) {
    const { code, stderr } = await command(`https://127.0.0.1:${plain.port}`);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/it does not speak TLS on this port/),
    });
  }
  for (const command of [runOn, recordOf, checkOf]) {
    const { code, stderr } = await command(`http://127.0.0.1:${secure.port}`);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/expects TLS.*\bhttps:\/\//s),
    });
  }
  expect([...plain.tokens, ...secure.tokens]).toEqual([]);
});

test('a file of --ca that cannot be used is named, and --insecure beside it is refused', async () => {
  const files = await writeFiles({ ca: 'no certificate', good: ca });
  const wrong = await runOn('https://127.0.0.1:1', '--ca', files.ca);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining(`--ca: ${files.ca}`) });
  const missing = await runOn('https://127.0.0.1:1', '--ca', 'nowhere.pem');
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--ca: nowhere.pem cannot be read'),
  });
  const both = await runOn('https://127.0.0.1:1', '--ca', files.good, '--insecure');
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("'--insecure'") });
});

test('the report of a check with --insecure says that the certificate was not checked', async () => {
  const taken = createServer();
  const agentPort = await listenOn(taken, '127.0.0.1', 0);
  await new Promise((resolve) => taken.close(resolve));
  const files = await writeFiles({ cert: selfSigned.cert, key: selfSigned.key, report: '' });
  const out = join(files.report, '..', 'out');
  const gateway = await startGateway(
    {
      port: 0,
      agentAddress: `127.0.0.1:${agentPort}`,
      closeGraceMs: 500,
      tlsCert: files.cert,
      tlsKey: files.key,
    },
    pino({ level: 'silent' }),
  );
  onTestFinished(gateway.close);
  const flags = ['--agent-port', `${agentPort}`, '--only', 'B1', '--out', out];
  const { code, stdout } = await runInProcess('check', gateway.url, ...flags, '--insecure');
  expect(code).toBe(0);
  expect(stdout).toContain('1 of 1 clause ok; the certificate of the gateway was not checked\n');
  expect(JSON.parse(await readFile(join(out, 'check.json'), 'utf8'))).toMatchObject({
    insecure: true,
  });
  for (const file of ['check.md', 'check.html']) {
    expect(await readFile(join(out, file), 'utf8')).toContain(', certificate not checked');
  }
});
