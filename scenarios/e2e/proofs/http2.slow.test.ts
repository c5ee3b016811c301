import { Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';

import { generatePath } from '../../../proto/interface.ts';
import { createAuthority } from '../../../proto/testing/authority.ts';
import { writeFiles } from '../../../proto/testing/write-files.ts';
import { askHttp2, connectHttp2 } from '../../../gateway/testing/http2-client.ts';
import { createAgentClient, type AgentClient } from '../../../gateway/agent/agent-client.ts';
import { specifiedInterface } from '../../../gateway/agent/agent-interface.ts';
import { startCommand } from '../support/command.ts';
import {
  sendRubbish,
  sendRubbishOverTls,
  startRubbishServer,
} from '../support/http2/exchange-rubbish.ts';
import { http2Rubbish } from '../support/http2/http2-rubbish.ts';
import { startInProcess } from '../support/in-process-stack.ts';
import { printFigure, scaled } from './scale.ts';

/** `HTTP2_SEED` and `HTTP2_FROM` replay a failure from the batch that it names. */
const seed = process.env['HTTP2_SEED'] ?? 'rehearsal';
const from = Number(process.env['HTTP2_FROM'] ?? 0);
const sequences = scaled(2000, 100_000);
const batch = 100;

/** How long a call may last whose server has sent its sequence. */
const callMs = 40;

const never = new AbortController().signal;

const uncaught: unknown[] = [];
const noteUncaught = (error: unknown) => void uncaught.push(error);

beforeEach(() => {
  uncaught.length = 0;
  process.on('uncaughtException', noteUncaught);
});

afterEach(() => {
  process.off('uncaughtException', noteUncaught);
});

/** Reads a call to its end and says what came. */
async function readCall(client: AgentClient, signal: AbortSignal): Promise<string> {
  const metadata = new Metadata();
  metadata.set('x-rehearsal-key', 'healthy');
  metadata.set('x-rehearsal-speed', 'instant');
  const call = client.generate({ prompt: 'hello', model: 'm', metadata }, 30_000);
  try {
    await call.accepted(30_000, signal);
    return await new Promise((resolve) => {
      let text = '';
      signal.addEventListener('abort', () => resolve('aborted'));
      call.read({
        chunk({ delta }) {
          text += delta;
        },
        ended: () => resolve(text),
        failed: ({ code }) => resolve(code),
      });
    });
  } catch {
    return 'refused';
  } finally {
    call.cancel();
  }
}

/**
 * Runs all sequences in batches; after each a healthy stream on another connection has to be exact.
 * @returns what went wrong in the first batch in which something did, and how to replay it
 */
async function runBatches(
  run: (index: number) => Promise<void>,
  readHealthy: () => Promise<string>,
  death = () => '',
): Promise<string[]> {
  const text = await readHealthy();
  if (text.length < 100) return [`there is no healthy stream: ${text}`];
  for (let first = from; first < sequences; first += batch) {
    await Promise.all(Array.from({ length: batch }, (_, offset) => run(first + offset)));
    const healthyText = await readHealthy();
    const problems = [...uncaught.map(String), death()].filter((problem) => problem !== '');
    if (healthyText !== text) problems.push(`a healthy stream brought ${healthyText}`);
    if (problems.length > 0) {
      return [
        `HTTP2_SEED=${seed} HTTP2_FROM=${first}: one of ${first} to ${first + batch - 1}`,
        ...problems,
      ];
    }
  }
  return [];
}

const timeout = scaled(120_000, 3_000_000);

test('an agent survives whatever clients send on an HTTP/2 connection', { timeout }, async () => {
  const agent = startCommand(['agent', 'healthy', '--agent-port', '0']);
  let death = '';
  const watch = async () => {
    death = `the agent ended: ${(await agent.ended).stderr}`;
  };
  void watch();
  const address = /127\.0\.0\.1:(\d+)/.exec(await agent.firstLine);
  const port = Number(address?.[1]);
  const healthy = createAgentClient(`127.0.0.1:${port}`, specifiedInterface);
  onTestFinished(healthy.close);
  const startMs = performance.now();
  const run = (index: number) => sendRubbish(port, http2Rubbish('client', seed, index));
  expect(
    await runBatches(
      run,
      () => readCall(healthy, never),
      () => death,
    ),
  ).toEqual([]);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  printFigure(`${sequences} sequences of HTTP/2 frames at an agent: ${seconds} s, no death`);
});

test(
  'a gateway survives whatever an agent sends on an HTTP/2 connection',
  { timeout },
  async () => {
    const { agent } = await startInProcess({ text: { generate: { chars: 500 } } });
    const healthy = createAgentClient(agent.address, specifiedInterface);
    onTestFinished(healthy.close);
    let next = from;
    const address = await startRubbishServer(() => {
      next += 1;
      return http2Rubbish('server', seed, next - 1);
    });
    const startMs = performance.now();
    const run = async () => {
      const client = createAgentClient(address, specifiedInterface);
      await readCall(client, AbortSignal.timeout(callMs));
      client.close();
    };
    expect(await runBatches(run, () => readCall(healthy, never))).toEqual([]);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    printFigure(
      `${sequences} sequences of HTTP/2 frames at an agent's client: ${seconds} s, no death`,
    );
  },
);

test(
  'a gateway survives whatever its clients send on an HTTP/2 connection',
  { timeout },
  async () => {
    const authority = await createAuthority();
    const files = await writeFiles({ ...(await authority.issue()) });
    const tls = ['--tls-cert', files.cert, '--tls-key', files.key];
    const serve = startCommand(['serve', 'healthy', '--port', '0', '--agent-port', '0', ...tls]);
    let death = '';
    const watch = async () => {
      death = `the gateway ended: ${(await serve.ended).stderr}`;
    };
    void watch();
    const [url = ''] = /https:\/\/127\.0\.0\.1:\d+/.exec(await serve.firstLine) ?? [];
    const port = Number(new URL(url).port);
    const readHealthy = async () => {
      // Of its own, since an idle one is ended.
      const healthy = connectHttp2(url, authority.ca);
      const path = `${generatePath}?prompt=hello&key=healthy&speed=instant`;
      const { body, ending } = await askHttp2(healthy, path);
      healthy.destroy();
      return `${ending} ${body.replaceAll(/^id: .*$/gm, '')}`;
    };
    const startMs = performance.now();
    const run = (index: number) =>
      sendRubbishOverTls(port, authority.ca, http2Rubbish('client of the gateway', seed, index));
    expect(await runBatches(run, readHealthy, () => death)).toEqual([]);
    await expect
      .poll(
        async () => (await askHttp2(connectHttp2(url, authority.ca), '/__rehearsal/streams')).body,
      )
      .toBe('{"streams":[]}');
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    printFigure(`${sequences} sequences of HTTP/2 frames at a gateway: ${seconds} s, no death`);
  },
);
