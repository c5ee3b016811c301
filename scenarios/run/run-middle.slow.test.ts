import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { AgentServiceClient, type StreamChunk } from '../../proto/agent-service.ts';
import { parseReport } from '../../reports/parse-report.ts';
import { numbersSchema } from '../check/numbers.ts';
import { lateMs, startPlantedGateway } from '../check/testing/planted-gateway.ts';
import { runCommand, startCommand } from '../e2e/support/command.ts';
import { freePort } from '../processes/start-command.ts';

/** Runs of gateways that are not ours, between our load and our agent. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-middle-'));
});

afterAll(() => rm(folder, { recursive: true }));

const rehearsal = `exec ${process.execPath} ${fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url))}`;

const behaviour = 'text: { generate: { chars: 300 } }, firstToken: 50ms, interToken: 10ms';

const load = 'load: { streams: 6, ramp: 200ms, warmUp: 0s, window: 2s }';

const failing = `behaviour:
  text: { generate: { chars: 300 } }
  firstToken: 50ms
  interToken: 10ms
  faults:
    - refuse: { status: RESOURCE_EXHAUSTED }
      probability: 30%
    - errorStatus: { at: { chars: 100 }, status: UNAVAILABLE, details: gone }
      probability: 30%
    - errorField: { at: { chars: 50 } }
      probability: 30%
# Matches a prompt with its key.
cases: [{ when: { promptMatches: "[]]$" }, behaviour: { text: { given: the agent left the key in } } }]
${load}`;

const leaving = `behaviour: { text: { generate: { chars: 2000 } }, firstToken: 20ms, interToken: 5ms }
load: { total: 20, streams: 5, ramp: 0s, leave: { after: { chunks: 3 }, probability: 80% } }`;

async function run(name: string, yaml: string, ...args: string[]) {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, `version: 1\ndescription: of a test\n${yaml}\n`);
  const out = join(folder, name);
  const { code, stdout, stderr } = await runCommand('run', file, '--out', out, ...args);
  if (code === 2) throw new Error(stderr);
  const json = await readFile(join(out, 'report.json'), 'utf8');
  const report = parseReport(json, 'report.json');
  const targets = Object.fromEntries(report.judgement.targets.map((each) => [each.name, each]));
  return { stdout, out, report, targets };
}

/** Runs a gateway with a planted defect, which forwards neither headers nor metadata. */
async function runPlanted(name: string, yaml: string, defect?: string) {
  const port = await freePort();
  const gateway = await startPlantedGateway(`127.0.0.1:${port}`, numbersSchema.parse({}), defect);
  onTestFinished(() => gateway.close());
  return run(name, yaml, '--target', gateway.url, '--agent-port', String(port));
}

test('behind a gateway that follows the specification, streams end as planned', async () => {
  const { report, targets, stdout, out } = await runPlanted('follows', failing);
  expect(report.expectations).toMatchObject({ otherwise: 0, open: 0, differences: [] });
  const { completed, failed } = report.metrics.outcomes;
  expect(Math.min(completed, failed)).toBeGreaterThan(0);
  expect(targets).toMatchObject({
    streamSuccess: { value: 1, state: 'ok' },
    failuresOtherwise: { value: 0, state: 'ok' },
    pushedTooOften: { value: 0, state: 'ok' },
    textMismatches: { value: 0, state: 'ok' },
  });
  expect(report).toMatchObject({
    target: { ours: false, middle: true },
    fingerprint: { scenario: { middle: 'foreign' } },
    health: { gateway: null },
  });
  expect(report.health.agent?.chunksSent).toBeGreaterThan(0);
  expect(stdout).toContain('(a gateway that is not ours, before our own agent)');

  // A run of another kind cannot be compared with it.
  const other = join(folder, 'other.json');
  const { scenario } = report.fingerprint;
  const fingerprint = { ...report.fingerprint, scenario: { ...scenario, middle: 'none' } };
  await writeFile(other, JSON.stringify({ ...report, fingerprint }));
  const compared = await runCommand('compare', out, other);
  expect(compared).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('only one side is of a gateway between our load and our agent'),
  });
});

test('a gateway that adds 80 ms is the late hop', async () => {
  const { report, stdout } = await runPlanted(
    'late',
    `behaviour: { ${behaviour} }\n${load}`,
    'late',
  );
  expect(report.expectations).toMatchObject({ otherwise: 0, differences: [] });
  const hops = report.metrics.latenessByHop;
  expect(hops?.gatewayMs?.p50).toBeGreaterThan(lateMs - 20);
  expect(hops?.agentMs?.p50).toBeLessThan(lateMs - 20);
  expect(hops?.clientMs?.p50).toBeLessThan(lateMs - 20);
  expect(stdout).toMatch(
    /Late at the 95th percentile, the latest first: .*the gateway by [\d.]+ ms/,
  );
});

test('a gateway that drops text on an error does not end streams as planned', async () => {
  const { report, targets } = await runPlanted('drops', failing, 'C2-reading');
  const seen = report.expectations?.differences.map((each) => each.seen) ?? [];
  expect(seen).toContain('failed: GENERATION_ERROR, with other text');
  expect(targets['failuresOtherwise']).toMatchObject({ state: 'alarm' });
  expect(targets['streamSuccess']).toMatchObject({ value: 1, state: 'ok' });
});

test('a gateway that does not cancel has our agent go on', async () => {
  const { report, targets } = await runPlanted('leaves-calls', leaving, 'B4');
  expect(report.expectations?.cancels.expected).toBeGreaterThan(0);
  expect(report.expectations?.cancels.seen).toBe(0);
  expect(targets['missedCancels']).toMatchObject({ state: 'alarm' });
});

test('a gateway that cancels and pushes at once misses the push interval alone', async () => {
  const { report, targets } = await runPlanted('pushes', leaving, 'D2');
  const { expected, seen } = report.expectations?.cancels ?? {};
  expect(seen).toBe(expected);
  expect(targets['missedCancels']).toMatchObject({ value: 0, state: 'ok' });
  expect(targets['textMismatches']).toMatchObject({ value: 0, state: 'ok' });
  expect(targets['pushedTooOften']).toMatchObject({ state: 'alarm' });
});

test('--start runs the gateway, one that forwards the keys too', async () => {
  const { report, targets } = await run(
    'started',
    failing,
    '--target',
    'http://127.0.0.1:{port}',
    '--agent-port',
    '0',
    '--start',
    `${rehearsal} gateway --port $PORT --agent $AGENT`,
  );
  expect(report.expectations).toMatchObject({ otherwise: 0, differences: [] });
  expect(report.metrics.outcomes.rejected).toBeGreaterThan(0);
  expect(targets['failuresOtherwise']).toMatchObject({ value: 0, state: 'ok' });
});

test('a late load client makes the run invalid, and is not taken for a late gateway', async () => {
  const port = await freePort();
  const gateway = await startPlantedGateway(`127.0.0.1:${port}`, numbersSchema.parse({}));
  onTestFinished(() => gateway.close());
  const file = join(folder, 'starved.yaml');
  await writeFile(
    file,
    `version: 1\ndescription: of a test\nbehaviour: { ${behaviour} }\n${load}\n`,
  );
  const out = join(folder, 'starved');
  const args = ['--target', gateway.url, '--agent-port', String(port), '--out', out];
  const client = startCommand(['run', file, ...args]);
  for (let ended; ended === undefined; ended = await Promise.race([client.ended, sleep(20)])) {
    client.kill('SIGSTOP');
    await sleep(150);
    client.kill('SIGCONT');
  }
  expect(await client.ended).toMatchObject({ code: 3 });
  const report = parseReport(await readFile(join(out, 'report.json'), 'utf8'), 'report.json');
  const beyond = report.judgement.validity.filter(({ state }) => state === 'beyond');
  expect(beyond.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['clientLoopDelay', 'clientRead']),
  );
  const { gatewayMs, clientMs } = report.metrics.latenessByHop ?? {};
  expect(gatewayMs?.p50).toBeLessThan(clientMs?.p50 ?? 0);
});

/** Runs the benchmark at a gateway that answers so; returns the message of the error. */
async function refusalOf(answer: (response: ServerResponse, agentPort: number) => void) {
  const agentPort = await freePort();
  const server = createHttpServer((_, response) => answer(response, agentPort));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const target = `http://127.0.0.1:${port}`;
  const args = [
    '--target',
    target,
    '--agent-port',
    String(agentPort),
    '--out',
    join(folder, 'refused'),
  ];
  const { code, stderr } = await runCommand('run', 'fast', ...args);
  expect(code).toBe(2);
  return stderr;
}

const answerWith = (response: ServerResponse, delta: string) =>
  response
    .writeHead(200, { 'content-type': 'text/event-stream' })
    .end(`event: message\ndata: ${JSON.stringify({ delta, isFinal: true })}\n\n`);

test('a gateway that has another agent is refused before the load', async () => {
  expect(await refusalOf((response) => answerWith(response, 'of another agent'))).toMatch(
    /answered, and did not call our agent; start the gateway with 127\.0\.0\.1:\d+ as its agent/,
  );
});

test('a gateway that does not pass the prompt on is refused before the load', async () => {
  const refusal = await refusalOf((response, agentPort) => {
    const agent = new AgentServiceClient(`127.0.0.1:${agentPort}`, credentials.createInsecure());
    agent
      .generateTextStream({ prompt: 'another', model: 'gpt-4' })
      .on('error', () => {})
      .once('data', ({ delta }: StreamChunk) => {
        answerWith(response, delta);
        agent.close();
      });
  });
  expect(refusal).toContain('called our agent with another prompt than it was sent');
});
