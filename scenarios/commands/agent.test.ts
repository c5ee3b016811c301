import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { credentials, Metadata } from '@grpc/grpc-js';
import parsePrometheus from 'parse-prometheus-text-format';
import { expect, test } from 'vitest';

import { AgentServiceClient } from '../../proto/agent-service.ts';
import { runCommand, startCommand } from '../e2e/support/command.ts';

async function announced(...scenarios: string[]): Promise<string> {
  const agent = startCommand(['agent', ...scenarios, '--agent-port', '0']);
  await agent.firstLine;
  agent.kill('SIGTERM');
  return (await agent.ended).stdout;
}

test('agent names at its start the scenarios that need a gateway with --wire-faults', async () => {
  expect(await announced('healthy', 'truncated', 'reset')).toContain(
    'note      faults of the wire in truncated, reset need a gateway that allows them: rehearsal gateway --wire-faults\n',
  );
  expect(await announced('healthy', 'errors')).not.toContain('note');
});

/** Reads a stream to its end, whatever that is. */
async function readStream(address: string, headers: Record<string, string>): Promise<void> {
  const client = new AgentServiceClient(address, credentials.createInsecure());
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const call = client.generateTextStream({ prompt: 'hush-prompt', model: 'm' }, metadata);
  call.on('error', () => {}).resume();
  await new Promise((resolve) => call.once('close', resolve));
  client.close();
}

/** The samples of each metric by their label, or `value` where they have none. */
async function scrape(url: string): Promise<Record<string, Record<string, number>>> {
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return Object.fromEntries(
    parsePrometheus(await response.text()).map(({ name, metrics }) => [
      name.replace('rehearsal_agent_', ''),
      Object.fromEntries(
        metrics.map(({ labels, value }) => [
          Object.values(labels ?? {})[0] ?? 'value',
          Number(value),
        ]),
      ),
    ]),
  );
}

test('agent serves metrics on the requested port and logs each call', async () => {
  const args = ['agent', 'healthy', '--agent-port', '0', '--metrics', '0'];
  const agent = startCommand(args);
  const address = /^agent {5}(\S+)/.exec(await agent.firstLine)?.[1] ?? '';
  const url = /^metrics {3}(\S+)$/m.exec(agent.stdout())?.[1] ?? '';
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const before = await scrape(url);
  expect(before).toMatchObject({
    calls_ended_total: { completed: 0, cancelled: 0, refused: 0 },
    chunk_lateness_seconds: { '0.5': 0, '0.95': 0, '0.99': 0, '1': 0 },
  });
  await readStream(address, { 'x-rehearsal-speed': 'instant', 'x-rehearsal-key': 'k' });
  await readStream(address, { 'x-rehearsal-fault': 'stal' });
  const after = await scrape(url);
  expect(after).toMatchObject({
    streams_started_total: { value: 1 },
    calls_ended_total: { completed: 1, refused: 1 },
    open_calls: { value: 0 },
    plan_memory_bytes: { value: 0 },
  });
  expect(after['chunks_sent_total']?.['value']).toBeGreaterThan(10);
  expect(after['chunk_lateness_seconds']?.['1']).toBeGreaterThan(0);
  expect((await fetch(new URL('/', url))).status).toBe(404);
  agent.kill('SIGTERM');
  const { code, stderr } = await agent.ended;
  expect(code).toBe(0);
  const lines = stderr.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { name: 'agent', level: 30, msg: 'stream', scenario: 'healthy', key: 'k', cause: 'completed' },
    { name: 'agent', level: 30, msg: 'refused', cause: 'refused', status: 'INVALID_ARGUMENT' },
  ]);
  expect(stderr).not.toContain('hush');
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('agent refuses a metrics port that is in use, and says what to do', async () => {
  const taken = createServer();
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  const { port } = taken.address() as AddressInfo;
  const args = ['agent', 'healthy', '--agent-port', '0', '--metrics', String(port)];
  const { code, stderr } = await runCommand(...args);
  taken.close();
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `rehearsal: --metrics: 127.0.0.1:${port} is in use; choose another, or 0 for a free one\n`,
  });
});
