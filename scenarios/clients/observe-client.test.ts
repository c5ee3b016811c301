import { expect, test } from 'vitest';

import { findClientCases } from './client-cases.ts';
import type { ClientEnd } from './observation.ts';
import { observeClient, type ClientRequest, type Limits } from './observe-client.ts';

/** Outcomes of small clients of the specified format, over real sockets. */

const limits: Limits = { streamLimitMs: 1500, clientLimitMs: 8000, mostRequests: 4 };

const { catalogue, faults } = await findClientCases();

interface Reading {
  status: number;
  text: string;
  hasFinal: boolean;
  code: string | undefined;
}

async function read({ url, prompt }: ClientRequest, signal: AbortSignal): Promise<Reading> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt }),
    signal,
  });
  const events = (await response.text()).match(/(?<=^data: ).*$/gm) ?? [];
  const data = events.map(
    (each) => JSON.parse(each) as { delta?: string; isFinal?: boolean; code?: string },
  );
  return {
    status: response.status,
    text: data.map(({ delta = '' }) => delta).join(''),
    hasFinal: data.some(({ isFinal }) => isFinal === true),
    code: data.find(({ code }) => code !== undefined)?.code,
  };
}

const success = (text: string): ClientEnd => ({ text, end: 'success', error: null });
const failure = (text: string, error: string): ClientEnd => ({ text, end: 'error', error });

const clients = {
  /** Reports everything but a whole answer. */
  async careful(request: ClientRequest, stop: AbortSignal) {
    const { status, text, hasFinal, code } = await read(request, stop);
    return hasFinal ? success(text) : failure(text, code ?? `status ${status}`);
  },
  async careless(request: ClientRequest, stop: AbortSignal) {
    return success((await read(request, stop)).text);
  },
  /** Tries again until it has a final message, and keeps all text. */
  async stubborn(request: ClientRequest, stop: AbortSignal) {
    let text = '';
    while (!stop.aborted) {
      const reading = await read(request, stop).catch(() => undefined);
      text += reading?.text ?? '';
      if (reading?.hasFinal === true) return success(text);
    }
    return { text, end: 'none', error: null } satisfies ClientEnd;
  },
  async waiting(_: ClientRequest, stop: AbortSignal) {
    await new Promise((resolve) => stop.addEventListener('abort', resolve));
    return { text: '', end: 'none', error: null } satisfies ClientEnd;
  },
};

test.each<[keyof typeof clients, string, object]>([
  ['careful', 'healthy', { outcome: 'complete', text: 'whole', retries: 0 }],
  ['careful', 'truncated', { outcome: 'told', text: 'part', error: 'status 200' }],
  ['careful', 'silent-stall', { outcome: 'told late', text: 'part', error: 'TIMEOUT' }],
  ['careful', 'errors-failed', { outcome: 'told', text: 'part', error: 'TIMEOUT' }],
  ['careless', 'truncated', { outcome: 'silent', text: 'part' }],
  ['careless', 'status-500', { outcome: 'silent', text: 'none' }],
  ['careless', 'missing-event', { outcome: 'silent', text: 'wrong' }],
  ['careless', 'duplicated-event', { outcome: 'duplicated', text: 'repeated' }],
  [
    'stubborn',
    'error-after-text',
    { outcome: 'duplicated', retries: 'for ever', retriesAfterText: true },
  ],
  ['stubborn', 'flaky', { outcome: 'complete', retries: 1, retriesAfterText: false }],
  ['stubborn', 'overloaded', { outcome: 'complete', retries: 1, tooEarly: true }],
  ['stubborn', 'agent-down', { outcome: 'hangs', text: 'none', retries: 'for ever' }],
  ['waiting', 'healthy', { outcome: 'hangs', text: 'none', retries: 0 }],
])('a %s client of %s', async (client, name, observation) => {
  const clientCase = [...catalogue, ...faults].find((each) => each.name === name);
  if (clientCase === undefined) throw new Error(`no case ${name}`);
  const run = clients[client];
  const within = client === 'waiting' ? { ...limits, clientLimitMs: 1000 } : limits;
  expect(await observeClient(clientCase, { dialect: undefined, run }, within)).toMatchObject(
    observation,
  );
});
