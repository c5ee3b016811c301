import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { startCommand } from '../e2e/support/command.ts';

/** Starts an agent and a gateway with this number of workers. */
async function startGateway(workers: number, behaviour: string = 'fast') {
  const agent = startCommand(['agent', behaviour, '--agent-port', '0']);
  const address = /(127\.0\.0\.1:\d+)/.exec(await agent.firstLine)?.[1] ?? '';
  const ports = ['--port', '0', '--agent', address];
  const gateway = startCommand(['gateway', ...ports, '--workers', String(workers)]);
  const url = /(http:\S+)\/api/.exec(await gateway.firstLine)?.[1] ?? '';
  const stop = async () => {
    process.kill(gateway.pid, 'SIGTERM');
    const ended = await gateway.ended;
    process.kill(agent.pid, 'SIGTERM');
    await agent.ended;
    return ended;
  };
  return { agent, gateway, url, stop };
}

/** Requests a stream on a new connection; workers receive connections in turn. */
function requestStream(url: string) {
  return fetch(`${url}/api/v1/ai/generate?prompt=hi`, { headers: { connection: 'close' } });
}

async function metric(url: string, name: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { connection: 'close' } });
  const line = new RegExp(`^rehearsal_gateway_${name} (.*)$`, 'm').exec(await response.text());
  return Number(line?.[1]);
}

async function answeringWorker(url: string): Promise<string> {
  const response = await fetch(`${url}/status`, { headers: { connection: 'close' } });
  const { worker } = (await response.json()) as { worker: string };
  return worker;
}

test('workers share the streams, and each serves the metrics of all', async () => {
  const { url, stop } = await startGateway(3);
  const texts = await Promise.all(
    Array.from({ length: 12 }, async () => (await requestStream(url)).text()),
  );
  for (const text of texts) expect(text).toContain('"isFinal":true');
  const workers = new Set<string>();
  for (let nth = 0; nth < 3; nth += 1) workers.add(await answeringWorker(url));
  expect(workers).toEqual(new Set(['1 of 3', '2 of 3', '3 of 3']));
  for (let nth = 0; nth < 4; nth += 1) {
    expect(await metric(url, String.raw`requests_total\{answer="stream"\}`)).toBe(12);
    expect(await metric(url, String.raw`streams_ended_total\{cause="completed"\}`)).toBe(12);
  }
  expect((await stop()).code).toBe(0);
});

test('SIGTERM sends an error on the streams of every worker, and ends them all', async () => {
  const { url, stop } = await startGateway(2, 'silent-stall');
  const open = await Promise.all(Array.from({ length: 6 }, () => requestStream(url)));
  const texts = Promise.all(open.map((response) => response.text()));
  const { code, stderr } = await stop();
  for (const text of await texts) expect(text).toContain('"code":"SHUTTING_DOWN"');
  expect(code).toBe(0);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test.runIf(process.platform === 'linux')(
  'a killed worker ends the others too, with one line and exit code 2',
  async () => {
    const { agent, gateway, url } = await startGateway(2);
    const { pid } = gateway;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    process.kill(Number(children[1]), 'SIGKILL');
    const { code, stderr } = await gateway.ended;
    expect(code).toBe(2);
    expect(stderr).toContain('rehearsal: worker 2 of the gateway ended (SIGKILL); stopping\n');
    await expect(requestStream(url)).rejects.toThrow('fetch failed');
    process.kill(agent.pid, 'SIGTERM');
    await agent.ended;
  },
);

test('workers divide the limit of streams', async () => {
  const { ended } = startCommand(['gateway', '--workers', '3', '--max-streams', '2']);
  const { code, stderr } = await ended;
  expect(code).toBe(2);
  expect(stderr).toContain('--max-streams: 2 are too few for 3 workers; each needs one');
});

test('workers report an address in use once', async () => {
  const { gateway, url, stop } = await startGateway(1);
  const port = new URL(url).port;
  const second = startCommand(['gateway', '--port', port, '--workers', '3']);
  const { code, stderr } = await second.ended;
  expect(code).toBe(2);
  expect(stderr.match(/is in use/g)).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(gateway.pid).toBeGreaterThan(0);
  await stop();
});
