import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { startGateway, type Gateway } from '../../../gateway/server.ts';
import { silenceLimits } from '../../../gateway/agent/silence-watch.ts';
import { ask } from '../support/ask.ts';
import { startCommand, type Command } from '../support/command.ts';
import { printFigure, scaled } from './scale.ts';

const streams = scaled(200, 1000);

/** A probe after 10 s of silence, 5 s for its answer: then a frozen agent counts as gone. */
const frozenBoundMs = silenceLimits.probeAfterMs + silenceLimits.answerMs;

/** What a busy machine may add to any bound; the figures are printed. */
const slackMs = 5000;

let folder: string;
let gateway: Gateway | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-agent-trouble-'));
  await writeFile(
    join(folder, 'long.yaml'),
    'version: 1\ndescription: a test\nbehaviour: { text: { generate: { chars: 1000 } }, interToken: 200ms }\n',
  );
});

afterEach(() => gateway?.close());

afterAll(() => rm(folder, { recursive: true }));

async function startAgent(port = '0'): Promise<{ command: Command; address: string }> {
  const command = startCommand(['agent', join(folder, 'long.yaml'), '--agent-port', port]);
  const address = /127\.0\.0\.1:\d+/.exec(await command.firstLine)?.[0] ?? '';
  return { command, address };
}

async function startLine() {
  const agent = await startAgent();
  const started = await startGateway(
    { port: 0, agentAddress: agent.address },
    pino({ level: 'silent' }),
  );
  gateway = started;
  return { agent, gateway: started };
}

interface Ended {
  outcome: string;
  code: string | undefined;
  hasText: boolean;
  /** Of `performance.now`. */
  atMs: number;
}

/** Opens all streams; resolves once each says something, with how they end. */
async function openStreams({ url, openStreams }: Gateway): Promise<{ ended: Promise<Ended[]> }> {
  const ended = Array.from({ length: streams }, async (_, index) => {
    const { outcome, code, text } = await ask(url, { scenario: 'long', key: `${index}` }, 60_000);
    return { outcome, code, hasText: text !== '', atMs: performance.now() };
  });
  await expect.poll(openStreams).toBe(streams);
  // The first token takes less than half a second.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return { ended: Promise.all(ended) };
}

/** How long it takes from now to the first stream that comes whole. */
async function untilServed({ url }: Gateway): Promise<number> {
  const startMs = performance.now();
  const first = { scenario: 'long', key: 'first', speed: 'instant' } as const;
  await expect
    .poll(async () => (await ask(url, first, 30_000)).outcome, { interval: 20, timeout: 30_000 })
    .toBe('completed');
  return performance.now() - startMs;
}

function describe(trouble: string, atMs: number, ended: { atMs: number }[]): string {
  const times = ended.map((stream) => stream.atMs - atMs).sort((one, two) => one - two);
  const [first = 0] = times;
  return `${ended.length} streams of an agent that was ${trouble}: ended ${first.toFixed(0)} to ${(times.at(-1) ?? 0).toFixed(0)} ms after`;
}

const failed = { outcome: 'failed', code: 'AGENT_UNAVAILABLE', hasText: true };

test(
  'an agent that is killed ends every stream with an error event, and serves again once it is back',
  { timeout: 90_000 },
  async () => {
    const { agent, gateway } = await startLine();
    const { ended } = await openStreams(gateway);
    const killedMs = performance.now();
    agent.command.kill('SIGKILL');
    const streamsEnded = await ended;
    for (const stream of streamsEnded) expect(stream).toMatchObject(failed);
    printFigure(describe('killed', killedMs, streamsEnded));
    await expect.poll(gateway.openStreams).toBe(0);

    await startAgent(agent.address.split(':')[1]);
    printFigure(
      `its return: first whole stream ${(await untilServed(gateway)).toFixed(0)} ms after`,
    );
  },
);

test.runIf(process.platform !== 'win32')(
  'an agent that is frozen ends every stream with an error event within 15 s, and serves again once it goes on',
  { timeout: 90_000 },
  async () => {
    const { agent, gateway } = await startLine();
    const { ended } = await openStreams(gateway);
    const frozenMs = performance.now();
    agent.command.kill('SIGSTOP');
    const streamsEnded = await ended;
    for (const stream of streamsEnded) expect(stream).toMatchObject(failed);
    printFigure(describe('frozen', frozenMs, streamsEnded));
    const lastMs = Math.max(...streamsEnded.map(({ atMs }) => atMs)) - frozenMs;
    expect(lastMs).toBeLessThan(frozenBoundMs + slackMs);
    await expect.poll(gateway.openStreams).toBe(0);

    // A new connection to it is accepted by the system, and never answered.
    const refusedMs = performance.now();
    const refused = { status: 503, outcome: 'rejected', code: 'AGENT_UNAVAILABLE' };
    const late = { scenario: 'long', key: 'late', speed: 'instant' } as const;
    expect(await ask(gateway.url, late, 30_000)).toMatchObject(refused);
    printFigure(`a request to it: 503 after ${(performance.now() - refusedMs).toFixed(0)} ms`);

    agent.command.kill('SIGCONT');
    printFigure(
      `its return: first whole stream ${(await untilServed(gateway)).toFixed(0)} ms after`,
    );
  },
);
