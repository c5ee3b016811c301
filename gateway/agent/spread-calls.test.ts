import { promises as dns, type LookupAddress } from 'node:dns';

import { expect, onTestFinished, test, vi } from 'vitest';

import { startScriptedAgent, type AgentScript } from '../testing/scripted-agent.ts';
import { post, startGatewayBefore } from '../testing/start-before.ts';

type Call = Parameters<AgentScript>[0];

/** Starts an agent that answers with its name, or holds the stream open for the prompt `hold`. */
async function startNamed(
  name: string,
  port = 0,
  options: Parameters<typeof startScriptedAgent>[2] = {},
) {
  const agent = await startScriptedAgent(
    (call: Call) => {
      call.write({ delta: name, isFinal: call.request.prompt !== 'hold' });
      if (call.request.prompt !== 'hold') call.end();
    },
    port,
    options,
  );
  onTestFinished(agent.close);
  return agent;
}

async function answerOf(endpoint: string, prompt = 'hi'): Promise<string> {
  const response = await post(endpoint, { prompt });
  const text = await response.text();
  return /"delta":"(\w+)"/.exec(text)?.[1] ?? `${response.status} ${text}`;
}

async function answersOf(endpoint: string, count: number): Promise<string[]> {
  const answers: string[] = [];
  for (let number = 0; number < count; number += 1) answers.push(await answerOf(endpoint));
  return answers;
}

const countOf = (answers: readonly string[], name: string) =>
  answers.filter((answer) => answer === name).length;

test('several agents take the calls in turn', async () => {
  const agents = [await startNamed('a'), await startNamed('b'), await startNamed('c')];
  const { endpoint, url } = await startGatewayBefore(agents.map(({ address }) => address));
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  // From then on all are connected.
  await expect.poll(() => answersOf(endpoint, 6).then((all) => new Set(all).size)).toBe(3);
  const answers = await answersOf(endpoint, 12);
  expect(['a', 'b', 'c'].map((name) => countOf(answers, name))).toEqual([4, 4, 4]);
});

test('an agent that ends takes only its own streams along, and is left out until it is back', async () => {
  const [a, b] = [await startNamed('a'), await startNamed('b')];
  const { endpoint, url } = await startGatewayBefore([a.address, b.address]);
  await expect.poll(() => answersOf(endpoint, 4).then((all) => new Set(all).size)).toBe(2);
  const held = await Promise.all(
    Array.from({ length: 10 }, () => post(endpoint, { prompt: 'hold' })),
  );
  const texts = held.map(async (response) => {
    const reader = response.body?.getReader();
    let text = '';
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true };
      text += Buffer.from(value ?? []).toString();
      if (done || text.includes('event: error') || text.includes('"b"')) return text;
    }
  });
  a.close();
  const ended = await Promise.all(texts);
  expect(ended.filter((text) => text.includes('event: error'))).toHaveLength(5);
  expect(ended.filter((text) => text.includes('"b"'))).toHaveLength(5);
  expect(await answersOf(endpoint, 10)).toEqual(Array.from({ length: 10 }, () => 'b'));
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await startNamed('again', a.port);
  await expect.poll(() => answersOf(endpoint, 4).then((all) => countOf(all, 'again'))).toBe(2);
});

test('a call that is lost before its answer goes to another agent', async () => {
  const waiting: Call[] = [];
  const a = await startScriptedAgent((call) => void waiting.push(call));
  onTestFinished(a.close);
  const b = await startNamed('b');
  const { endpoint } = await startGatewayBefore([a.address, b.address], { acceptWaitMs: 60_000 });
  const answers: Promise<string>[] = [];
  await expect
    .poll(() => {
      answers.push(answerOf(endpoint));
      return waiting.length;
    })
    .toBeGreaterThan(5);
  a.close();
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['b']));
});

test('with no agent left a request is refused', async () => {
  const { endpoint, url } = await startGatewayBefore(['127.0.0.1:1', '127.0.0.1:2']);
  expect(await answerOf(endpoint)).toMatch(/^503 .*AGENT_UNAVAILABLE/);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
});

test('the agents of a name take the calls in turn, and a new one is found when a connection is old', async () => {
  const addresses: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];
  const lookup = vi.spyOn(dns, 'lookup');
  const lookUp = (name: string) => Promise.resolve(name === 'agents.test' ? [...addresses] : []);
  lookup.mockImplementation(lookUp as unknown as typeof dns.lookup);
  onTestFinished(() => lookup.mockRestore());
  const a = await startNamed('a', 0, { connectionAgeMs: 500 });
  const { endpoint } = await startGatewayBefore(`dns:///agents.test:${a.port}`);
  expect(new Set(await answersOf(endpoint, 4))).toEqual(new Set(['a']));
  await startNamed('b', a.port, { host: '127.0.0.2' });
  addresses.push({ address: '127.0.0.2', family: 4 });
  await expect
    .poll(() => answersOf(endpoint, 4).then((all) => countOf(all, 'b')), { interval: 200 })
    .toBeGreaterThan(0);
  // Not one call was lost on the way.
  expect(new Set(await answersOf(endpoint, 20))).toEqual(new Set(['a', 'b']));
});
