import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { readCertificates } from '../../proto/http2/tls-files.ts';
import { createAuthority } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { planStream } from '../../mock-agent/plan/plan.ts';
import { post, startGatewayBefore } from '../../gateway/testing/start-before.ts';
import { ask } from './support/ask.ts';
import { startInProcess } from './support/in-process-stack.ts';

const flags = { ca: '--client-ca', cert: '--tls-cert', key: '--tls-key' };

/** A stream of two seconds. */
const behaviour = { text: { generate: { chars: 400 } }, firstToken: '50ms', interToken: '20ms' };

const keys = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`);

const planned = (key: string) => ({
  status: 200,
  outcome: 'completed',
  text: planStream(behaviourSchema.parse(behaviour), 1, {
    scenario: 'test',
    key,
    prompt: 'hello',
    model: 'gpt-4',
  }).text,
});

const idleMs = 30_000;

/** Replaces a file in one step. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

test('200 streams over mutual TLS are those of the plan', async () => {
  const authority = await createAuthority();
  const { ca, cert, key } = await writeFiles({ ca: authority.ca, ...(await authority.issue()) });
  const certificates = readCertificates({ ca, cert, key }, flags, () => {});
  const options = { agentCa: ca, agentCert: cert, agentKey: key };
  const { gateway } = await startInProcess(behaviour, options, [], { certificates });
  await Promise.all(
    keys(200).map(async (each) => {
      const request = { scenario: 'test', key: each, speed: 10 };
      expect(await ask(gateway.url, request, idleMs)).toEqual(planned(each));
    }),
  );
});

test('certificates that are replaced under 100 streams lose none, and serve the next connections', async () => {
  const [first, second] = [await createAuthority('first'), await createAuthority('second')];
  const ofAgent = await writeFiles({ ca: first.ca, ...(await first.issue()) });
  const ofGateway = await writeFiles({ ca: first.ca, ...(await first.issue()) });
  const certificates = readCertificates(ofAgent, flags, () => {});
  const options = { agentCa: ofGateway.ca, agentCert: ofGateway.cert, agentKey: ofGateway.key };
  const heldStreams = new Set<string>();
  const { agent, gateway, endpoint } = await startInProcess(behaviour, options, [], {
    certificates,
    // Every connection takes no more calls soon, so later calls need new ones.
    connectionAgeMs: 500,
    onHold: (id) => heldStreams.add(id),
  });
  const open = keys(100).map(async (each) => {
    const url = `${endpoint}?prompt=hello&scenario=test&fault=${encodeURIComponent('{"hold":{"at":{"chars":40}}}')}`;
    const headers = { 'x-rehearsal-key': each, 'x-rehearsal-stream': each };
    const body = await (await fetch(url, { headers })).text();
    return [...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('');
  });
  await expect.poll(() => heldStreams.size).toBe(100);

  for (const files of [ofAgent, ofGateway]) {
    const issued = await second.issue();
    await replace(files.ca, second.ca);
    await replace(files.cert, issued.cert);
    await replace(files.key, issued.key);
  }
  for (const each of keys(100)) await agent.command(each, { do: 'release' });
  expect(await Promise.all(open)).toEqual(keys(100).map((each) => planned(each).text));

  // The connections of the first authority are over: these need certificates of the second.
  const later = keys(20).map((each) =>
    ask(gateway.url, { scenario: 'test', key: each, speed: 10 }, idleMs),
  );
  expect(await Promise.all(later)).toEqual(keys(20).map(planned));
  const { ca } = await writeFiles({ ca: first.ca });
  const stale = await startGatewayBefore(agent.address, { ...options, agentCa: ca });
  expect(await (await post(stale.endpoint)).text()).toContain(
    "the agent's certificate is not signed by a trusted authority",
  );
});

test('our agent refuses clients without a certificate of --client-ca', async () => {
  const [authority, stranger] = [await createAuthority(), await createAuthority('a stranger')];
  const { ca, cert, key } = await writeFiles({ ca: authority.ca, ...(await authority.issue()) });
  const other = await writeFiles({ ...(await stranger.issue()) });
  const certificates = readCertificates({ ca, cert, key }, flags, () => {});
  for (const files of [{}, { agentCert: other.cert, agentKey: other.key }]) {
    const { endpoint } = await startInProcess(behaviour, { agentCa: ca, ...files }, [], {
      certificates,
    });
    const response = await fetch(`${endpoint}?prompt=a`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'AGENT_UNAVAILABLE',
      details: expect.stringMatching(
        /^no connection to the agent: the agent (?:refuses a client without|closed the connection before it answered.* may refuse the certificate)/,
      ),
    });
  }
});

test('gateway and agent meet at a Unix socket that a killed process has left', async () => {
  const { socket: path } = await writeFiles({ socket: '' });
  await rm(path);
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
  const killed = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(killed.stdout, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');

  const behave = { text: { given: 'over a socket' } };
  const start = () =>
    startInProcess(behave, { agentAddress: `unix:${path}` }, [], { socketPath: path });
  const { agent, gateway } = await start();
  expect(agent.address).toBe(`unix:${path}`);
  const say = () => ask(gateway.url, { scenario: 'test', key: 'k' }, idleMs);
  const expected = { status: 200, outcome: 'completed', text: 'over a socket' };
  expect(await say()).toEqual(expected);
  // A second agent does not take the socket of one that listens.
  await expect(start()).rejects.toThrow('EADDRINUSE');
  expect(await say()).toEqual(expected);
});

test('a file that is no socket is not replaced', async () => {
  const { socket: path } = await writeFiles({ socket: 'precious' });
  await expect(startInProcess({}, {}, [], { socketPath: path })).rejects.toThrow('EADDRINUSE');
  expect(await readFile(path, 'utf8')).toBe('precious');
});
