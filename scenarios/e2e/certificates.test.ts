import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { parseReport } from '../../reports/parse-report.ts';
import { oneEach, detailsOf } from '../load/testing/load-runs.ts';
import { runLoad } from '../load/run-load.ts';
import { anyTrust, usualTrust, type Trust } from '../load/target/trust.ts';
import { selfSigned } from '../load/testing/self-signed.ts';
import { startCommand, type Finished } from './support/command.ts';
import { runInProcess } from './support/run-in-process.ts';

let folder: string;
let server: Server;
let port: number;
let requests = 0;
const names = new Set<unknown>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-certificates-'));
  await writeFile(join(folder, 'ca.pem'), selfSigned.cert);
  await writeFile(
    join(folder, 'few.yaml'),
    'version: 1\ndescription: a test\nload: { total: 4, streams: 2, ramp: 0s }\n',
  );
  server = createServer(selfSigned, (request, response) => {
    requests += 1;
    names.add((request.socket as TLSSocket & { servername?: unknown }).servername);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('event: message\ndata: {"delta":"a","isFinal":true}\n\n');
  });
  // Clients that refuse the certificate.
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, resolve);
  });
  ({ port } = server.address() as AddressInfo);
});

beforeEach(() => {
  requests = 0;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const load = (trust: Trust) =>
  runLoad({ url: `https://localhost:${port}/`, profile: oneEach(3), trust });

test('a load sends nothing to a server whose certificate is not trusted', async () => {
  const { samples } = await load(usualTrust);
  expect(samples.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'refused']);
  expect(detailsOf(samples)).toEqual(['DEPTH_ZERO_SELF_SIGNED_CERT']);
  expect(requests).toBe(0);
});

test('an insecure load takes any certificate, and names the server', async () => {
  const { samples } = await load(anyTrust);
  expect(samples.map(({ outcome }) => outcome)).toEqual(['completed', 'completed', 'completed']);
  expect([...names]).toEqual(['localhost']);
});

const argsFor = (target: string) => [
  'run',
  join(folder, 'few.yaml'),
  '--target',
  target,
  '--out',
  join(folder, 'out'),
];

/** Runs in a new process, since Node reads this variable at its start. */
function runTrusting(target: string): Promise<Finished> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') };
  return startCommand(argsFor(target), { env }).ended;
}

test('run refuses a certificate that is not trusted, and says how to trust it', async () => {
  const { code, stderr } = await runInProcess(...argsFor(`https://localhost:${port}/`));
  expect(code).toBe(2);
  expect(stderr).toContain(
    'cannot be reached: its certificate is signed by itself and not by an authority (DEPTH_ZERO_SELF_SIGNED_CERT)',
  );
  expect(stderr).toContain('NODE_EXTRA_CA_CERTS=FILE with this certificate trusts it, --insecure');
  expect(requests).toBe(0);
}, 60_000);

test('run trusts the authorities of NODE_EXTRA_CA_CERTS, for the names of the certificate', async () => {
  await runTrusting(`https://localhost:${port}/`);
  const report = parseReport(await readFile(join(folder, 'out', 'report.json'), 'utf8'), '');
  expect(report.metrics).toMatchObject({ connectionSuccess: 1, streamSuccess: 1 });
  const other = await runTrusting(`https://127.0.0.1:${port}/`);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(other.stderr).toContain('its certificate is not for 127.0.0.1 but for localhost');
}, 60_000);

test('run --insecure takes any certificate', async () => {
  await runInProcess(...argsFor(`https://127.0.0.1:${port}/`), '--insecure');
  const report = parseReport(await readFile(join(folder, 'out', 'report.json'), 'utf8'), '');
  expect(report.metrics).toMatchObject({ connectionSuccess: 1, streamSuccess: 1 });
}, 60_000);

test('record refuses a certificate that is not trusted, and takes it by --insecure', async () => {
  const record = (...more: string[]) =>
    runInProcess('record', `https://localhost:${port}/`, '--prompt', 'a', ...more);
  expect(await record()).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('cannot be reached: its certificate is signed by itself'),
  });
  expect(requests).toBe(0);
  const { code, stdout } = await record('--insecure');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('"text":"a"') });
}, 60_000);
