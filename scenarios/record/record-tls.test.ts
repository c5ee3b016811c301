import { beforeAll, expect, test } from 'vitest';

import { readCertificates } from '../../proto/http2/tls-files.ts';
import { createAuthority, type Authority, type Issued } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import { readAgentTlsOfUrl } from '../flags/agent-tls-flags.ts';
import { recordStream } from './record-stream.ts';
import { startInProcess } from '../e2e/support/in-process-stack.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';

const flags = { ca: '--client-ca', cert: '--tls-cert', key: '--tls-key' };

let authority: Authority;
let issued: Issued;

beforeAll(async () => {
  authority = await createAuthority();
  issued = await authority.issue();
});

/** Starts an agent over TLS; returns its URL and the files of its authority. */
async function start({ own = issued, isMutual = false } = {}) {
  const files = await writeFiles({ ca: authority.ca, ...own });
  const clientCa = isMutual ? files.ca : undefined;
  const certificates = readCertificates({ ...files, ca: clientCa }, flags, () => {});
  const behaviour = { text: { given: 'recorded over TLS' } };
  const { agent } = await startInProcess(behaviour, {}, [], { certificates });
  return { url: `grpcs://${agent.address}`, ...files };
}

const record = (...args: string[]) => runInProcess('record', ...args, '--prompt', 'a');

test('an agent over TLS is recorded with its authority', async () => {
  const { url, ca } = await start();
  const { code, stdout } = await record(url, '--agent-ca', ca);
  expect(code ?? 0).toBe(0);
  expect(stdout.match(/"text":"[^"]*"/g)?.length).toBeGreaterThan(0);
});

test('mutual TLS needs our certificate', async () => {
  const { url, ca, cert, key } = await start({ isMutual: true });
  const own = ['--agent-cert', cert, '--agent-key', key];
  expect((await record(url, '--agent-ca', ca, ...own)).stdout).toContain('"text"');
  const refused = await record(url, '--agent-ca', ca);
  expect(refused).toMatchObject({
    code: 2,
    stdout: '',
    // The reason that the agent sends may be lost with its connection.
    stderr: expect.stringMatching(
      /the stream failed: UNAVAILABLE: (?:the agent refuses a client without|No connection)/,
    ),
  });
});

test('--insecure accepts any certificate', async () => {
  const { url } = await start();
  const access = readAgentTlsOfUrl(url, { insecure: true });
  const request = { prompt: 'a', model: 'm', access };
  const limits = { idleMs: 20_000, streamMs: 20_000 };
  const chunks = await recordStream(url, request, limits, new AbortController().signal);
  expect(chunks.map(({ text }) => text).join('')).toBe('recorded over TLS');
});

test('a certificate that is not trusted is explained', async () => {
  const { url } = await start();
  const { code, stdout, stderr } = await record(url);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(
    "the agent's certificate is not signed by a trusted authority; name its authority with --agent-ca",
  );
});

test('a certificate for another host is explained, and chosen with --agent-authority', async () => {
  const own = await authority.issue({ hosts: ['agent.example'] });
  const { url, ca } = await start({ own });
  const { code, stderr } = await record(url, '--agent-ca', ca);
  expect(code).toBe(2);
  expect(stderr).toContain('is not for 127.0.0.1 but for agent.example');
  const named = await record(url, '--agent-ca', ca, '--agent-authority', 'agent.example');
  expect(named.stdout).toContain('"text"');
});

test('files for a connection without TLS are refused', async () => {
  const { code, stderr } = await record('grpc://127.0.0.1:1', '--agent-ca', 'ca.pem');
  expect(code).toBe(2);
  expect(stderr).toContain('write grpcs://host:port');
});
