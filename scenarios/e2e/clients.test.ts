import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { EventSource } from 'eventsource';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect, test } from 'vitest';

import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { planStream } from '../../mock-agent/plan/plan.ts';
import { runCommand } from './support/command.ts';
import { curl, skipsCurl } from './support/curl.ts';
import { startInProcess } from './support/in-process-stack.ts';

/** All that has broken somebody's stream: surrogate pairs, joined emoji, line ends of every kind, quotes. */
const hardText =
  'a\r\nb\rc\nd "quoted" \\n \u2028\u2029\u0085 data: x\n\nevent: error\n\n👨‍👩‍👧‍👦👍🏽 é 故事。\t\u0000end';

const quick = { firstToken: '5ms', interToken: '1ms' };

interface Message {
  delta: string;
  isFinal: boolean;
}

function parse(body: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  parser.feed(body);
  return events;
}

function textOf(body: string): string {
  const messages = parse(body).map(({ data }) => JSON.parse(data) as Message);
  expect(messages.filter(({ isFinal }) => isFinal)).toEqual([messages.at(-1)]);
  return messages.map(({ delta }) => delta).join('');
}

test.each([1, 2, 5, 100])(
  'a text of emoji, CR, LF, U+2028 and quotes survives chunks of %i characters',
  async (chunkChars) => {
    const { endpoint } = await startInProcess(
      { text: { given: hardText }, tokenChars: { min: 1, max: 1 }, chunkChars, ...quick },
      { pushIntervalMs: chunkChars === 1 ? 0 : 10 },
    );
    const response = await fetch(`${endpoint}?prompt=a`);
    expect(textOf(await response.text())).toBe(hardText);
  },
);

test('the wire of a short stream through the whole line, byte for byte', async () => {
  const { endpoint } = await startInProcess({
    text: { given: '你好，世界。' },
    firstToken: '10ms',
    interToken: '80ms',
    tokenChars: { min: 3, max: 3 },
    chunkChars: 3,
  });
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"prompt":"a"}',
  });
  expect(Buffer.from(await response.arrayBuffer()).toString('utf8')).toBe(
    'event: message\ndata: {"delta":"你好，","isFinal":false}\n\n' +
      'event: message\ndata: {"delta":"世界。","isFinal":false}\n\n' +
      'event: message\ndata: {"delta":"","isFinal":true}\n\n',
  );
});

test('200 concurrent streams are as planned by another process, in any order of arrival', async () => {
  const { endpoint } = await startInProcess({ ...quick });
  const keys = Array.from({ length: 200 }, (_, index) => `k-${index}`);
  const ask = async (key: string) =>
    textOf(await (await fetch(`${endpoint}?prompt=hello&key=${key}`)).text());
  const alone = await ask('k-7');
  const crowd = await Promise.all(keys.toReversed().map(ask));
  const behaviour = behaviourSchema.parse({ ...quick });
  const planned = keys.map(
    (key) =>
      planStream(behaviour, 1, { scenario: 'test', key, prompt: 'hello', model: 'gpt-4' }).text,
  );
  expect(crowd.toReversed()).toEqual(planned);
  expect(alone).toBe(planned[7]);
  expect(new Set(planned).size).toBe(200);
});

test('two processes plan the same stream to the byte and the millisecond', async () => {
  const plan = ['plan', 'healthy', '--prompt', 'hello', '--key', 'k-7', '--json'];
  const [once, twice] = await Promise.all([runCommand(...plan), runCommand(...plan)]);
  expect(once.code).toBe(0);
  expect(twice.stdout).toBe(once.stdout);
});

test.skipIf(skipsCurl)('curl -N reads a stream, and its last event', async () => {
  const { endpoint } = await startInProcess({ text: { given: hardText }, ...quick });
  const { stdout } = await promisify(execFile)(curl, [
    '-sN',
    endpoint,
    '-H',
    'Content-Type: application/json',
    '-H',
    'Authorization: Bearer token',
    '-d',
    '{"prompt": "写一段500字的故事", "model": "gpt-4", "stream": true}',
  ]);
  expect(textOf(stdout)).toBe(hardText);
});

test('the npm package eventsource reads a stream to its final message', async () => {
  const { endpoint } = await startInProcess({ text: { given: hardText }, ...quick });
  const source = new EventSource(`${endpoint}?stream=true&prompt=a`);
  let text = '';
  await new Promise<void>((resolve, reject) => {
    source.addEventListener('message', ({ data }) => {
      const { delta, isFinal } = JSON.parse(String(data)) as Message;
      text += delta;
      if (isFinal) resolve();
    });
    source.addEventListener('error', (error) => reject(new Error(error.message)));
  }).finally(() => source.close());
  expect(text).toBe(hardText);
});

test('an EventSource resumes at its place after a cut, and does not reconnect after the end', async () => {
  const { agent, endpoint } = await startInProcess(
    {
      text: { given: hardText },
      tokenChars: { min: 2, max: 4 },
      ...quick,
      faults: [
        { dropConnection: { at: { chars: 20 }, midEvent: true } },
        { stall: { at: { chars: 40 }, for: '100ms' } },
      ],
    },
    { wireFaults: true, retryMs: 30, pushIntervalMs: 5 },
  );
  const source = new EventSource(`${endpoint}?prompt=a`);
  let text = '';
  let cuts = 0;
  await new Promise<void>((resolve) => {
    source.addEventListener('message', ({ data }) => {
      text += (JSON.parse(String(data)) as Message).delta;
    });
    source.addEventListener('error', () => {
      cuts += 1;
      // 204: it was told to stay away.
      if (source.readyState === EventSource.CLOSED) resolve();
    });
  }).finally(() => source.close());
  expect(text).toBe(hardText);
  // Two connections, each of them lost or ended, and a third that was told to stay away.
  expect({ cuts, streams: agent.stats().streamsStarted }).toEqual({ cuts: 3, streams: 2 });
});

test('a fetch reader with eventsource-parser gets each event when it is sent', async () => {
  const { endpoint } = await startInProcess({
    text: { given: 'first second' },
    firstToken: '5ms',
    interToken: '300ms',
    tokenChars: { min: 6, max: 6 },
  });
  const response = await fetch(`${endpoint}?prompt=a`);
  const seen: { delta: string; readsBefore: number }[] = [];
  let reads = 0;
  const parser = createParser({
    onEvent: ({ data }) =>
      seen.push({ delta: (JSON.parse(data) as Message).delta, readsBefore: reads }),
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    reads += 1;
  }
  expect(seen.map(({ delta }) => delta)).toEqual(['first ', 'second', '']);
  expect(new Set(seen.map(({ readsBefore }) => readsBefore)).size).toBeGreaterThan(1);
});
