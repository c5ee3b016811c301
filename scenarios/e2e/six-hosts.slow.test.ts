import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { parseReport } from '../../reports/parse-report.ts';
import { verdictExitCodes } from '../console/exit-codes.ts';
import { canMakeHosts, makeNetwork, type Host } from './support/hosts.ts';
import { commandLineOf, environmentOf, repository, workload } from './support/manifests.ts';

/** Passes connections to the gateways in turn, as a Service does; a line of addresses replaces them. */
const balancer = `
import { createServer, connect } from 'node:net';
import { watchFile, readFileSync } from 'node:fs';
const [file] = process.argv.slice(1);
let addresses = [];
const read = () => { addresses = readFileSync(file, 'utf8').split(' '); console.log('to ' + addresses.join(' ')); };
let turn = 0;
createServer({ allowHalfOpen: true }, (client) => {
  const server = connect({ host: addresses[turn++ % addresses.length], port: 8080, allowHalfOpen: true });
  const end = () => { client.destroy(); server.destroy(); };
  client.on('error', end).pipe(server).on('error', end).pipe(client);
}).listen(8080, read);
watchFile(file, { interval: 50 }, read);
`;

/**
 * 8 seconds of arrivals, of streams that last for 9: no connection is free for a second request, which may
 * cross the end of a kept connection. No HTTP/1.1 server can prevent that.
 */
const scenario = `version: 1
description: a test
behaviour: { text: { given: abcdefghijklmnopqrst }, tokenChars: { min: 1, max: 1 }, firstToken: 100ms, interToken: 460ms }
load: { arrivals: { perSecond: 15 }, ramp: 0s, warmUp: 0s, window: 8s }
`;

const killAfterMs = 2500;
const drainAfterMs = 6000;

const streamLine = z.object({
  key: z.string(),
  outcome: z.string(),
  startAtMs: z.number(),
});
const logLine = z.object({
  msg: z.string(),
  key: z.string().optional(),
  cause: z.string().optional(),
  openStreams: z.number().optional(),
});

const linesOf = <T>(text: string, schema: z.ZodType<T>): T[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => schema.parse(JSON.parse(line)));

const streamsIn = (log: string) => linesOf(log, logLine).filter(({ msg }) => msg === 'stream');

test.skipIf(!canMakeHosts())(
  'six hosts: a killed agent ends its own streams only, a drained gateway none, and two shards are one report',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rehearsal-hosts-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const places = { '/scenarios': folder, '/reports': folder };
    await writeFile(join(folder, 'scenario.yaml'), scenario);
    const { makeHost, remove } = makeNetwork();
    onTestFinished(remove);
    const agentHosts = [makeHost('agent-1'), makeHost('agent-2')];
    const toAgents = agentHosts.map((host): [string, Host] => ['rehearsal-agent', host]);
    const gatewayHosts = [makeHost('gateway-1', toAgents), makeHost('gateway-2', toAgents)];
    const balancerHost = makeHost('balancer');
    const toBalancer: [string, Host][] = [['rehearsal-gateway', balancerHost]];
    const loadHosts = [makeHost('load-1', toBalancer), makeHost('load-2', toBalancer)];
    const start = (host: Host | undefined, pod: string, env: Record<string, string> = {}) => {
      if (host === undefined) throw new Error('there is no such host');
      const { container } = workload(pod);
      return host.start(commandLineOf(container, places), {
        cwd: repository,
        env: { ...process.env, ...environmentOf(container), SHARDS: '2', ...env },
      });
    };

    const [killed, survivor] = agentHosts.map((host) => start(host, 'rehearsal-agent'));
    await Promise.all([killed?.firstLine, survivor?.firstLine]);
    const [drained, remaining] = gatewayHosts.map((host) => start(host, 'rehearsal-gateway'));
    await Promise.all([drained?.firstLine, remaining?.firstLine]);
    const addressesFile = join(folder, 'gateways');
    const balanceOver = (hosts: Host[]) =>
      writeFile(addressesFile, hosts.map(({ address }) => address).join(' '));
    await balanceOver(gatewayHosts);
    const balancing = balancerHost.start(
      [process.execPath, '--input-type=module', '--eval', balancer, addressesFile],
      {},
    );
    await balancing.firstLine;

    const startAtSec = Math.ceil(Date.now() / 1000) + 8;
    const at = (ms: number) => sleep(startAtSec * 1000 + ms - Date.now());
    const run = { START_AT: String(startAtSec) };
    const shards = loadHosts.map((host, index) =>
      start(host, 'rehearsal-load', { ...run, JOB_COMPLETION_INDEX: String(index) }),
    );
    const merge = start(loadHosts[0], 'rehearsal-merge', run);

    await at(killAfterMs);
    killed?.kill('SIGKILL');

    await at(drainAfterMs);
    // As Kubernetes does: first the Service leaves the gateway out, then it gets the signal.
    const [, remainingHost] = gatewayHosts;
    await balanceOver(gatewayHosts.slice(1));
    await expect.poll(balancing.stdout).toContain(`to ${remainingHost?.address}\n`);
    drained?.kill('SIGTERM');
    const endOfDrain = await drained?.ended;
    expect(endOfDrain?.code).toBe(0);
    const drainedLog = endOfDrain?.stderr ?? '';
    const draining = linesOf(drainedLog, logLine).find(({ msg }) => msg === 'draining');
    expect(draining?.openStreams).toBeGreaterThan(0);

    const ended = await Promise.all(shards.map((shard) => shard.ended));
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      shards.map(() => ({ code: 0, stderr: expect.anything() })),
    );
    const merged = await merge.ended;
    expect(Object.values<number | null>(verdictExitCodes)).toContain(merged.code);
    const out = join(folder, run.START_AT, 'report');
    expect({ stderr: merged.stderr, isMade: existsSync(out) }).toMatchObject({ isMade: true });
    const report = parseReport(await readFile(join(out, 'report.json'), 'utf8'), 'report.json');
    const streams = linesOf(await readFile(join(out, 'streams.jsonl'), 'utf8'), streamLine);
    expect(report.shards.map(({ number }) => number)).toEqual([1, 2]);
    expect(report.metrics.streams.total).toBe(streams.length);
    expect(new Set(streams.map(({ key }) => key)).size).toBe(streams.length);

    remaining?.kill('SIGTERM');
    survivor?.kill('SIGTERM');
    const remainingLog = (await remaining?.ended)?.stderr ?? '';
    const ofSurvivor = new Set(
      streamsIn((await survivor?.ended)?.stderr ?? '').map(({ key }) => key),
    );
    expect(streamsIn(drainedLog).length).toBeGreaterThan(0);
    expect(streamsIn(remainingLog).length).toBeGreaterThan(0);

    const failed = streams.filter(({ outcome }) => outcome !== 'completed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.filter(({ key }) => ofSurvivor.has(key))).toEqual([]);
    // A second after the kill, every gateway knows that the agent is gone.
    expect(failed.filter(({ startAtMs }) => startAtMs > killAfterMs + 1000)).toEqual([]);
    expect(streams.length - failed.length).toBeGreaterThan(failed.length);
    expect(streams.filter(({ startAtMs }) => startAtMs > drainAfterMs).length).toBeGreaterThan(0);
  },
);
