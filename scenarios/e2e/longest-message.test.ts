import { expect, test } from 'vitest';

import { generate } from '../../client/index.ts';
import { oneEach } from '../load/testing/load-runs.ts';
import { runLoad } from '../load/run-load.ts';
import { recordStream } from '../record/record-stream.ts';
import { startInProcess } from './support/in-process-stack.ts';

/** Every reader of ours takes the longest messages that our agent and gateway send. */
const longest = 1_000_000;

/** In JSON a control character takes six. */
const escaped = '\u0001'.repeat(longest);

const atOnce = { firstToken: '0ms', interToken: '0ms', chunkChars: longest };

async function loadOnce(behaviour: unknown, gatewayOptions = {}) {
  const { endpoint } = await startInProcess(behaviour, gatewayOptions);
  const { samples } = await runLoad({ url: endpoint, profile: oneEach(1) });
  return samples;
}

test('the load reads the longest text, escaped, in one message', async () => {
  const [sample] = await loadOnce({ ...atOnce, text: { given: escaped } });
  expect(sample).toMatchObject({ outcome: 'completed', detail: '' });
  expect(sample?.arrivals.at(-1)?.chars).toBe(longest);
});

test('the load reads two of the longest messages that the gateway merged', async () => {
  // A first message leaves at once; the next waits for its time, and what comes meanwhile joins it.
  const faults = [longest, 1].map((chars) => ({ hugeChunk: { at: 'start', chars } }));
  const behaviour = { ...atOnce, text: { given: escaped }, faults };
  const [sample] = await loadOnce(behaviour, { pushIntervalMs: 2000 });
  expect(sample).toMatchObject({ outcome: 'completed', detail: '' });
  expect(sample?.arrivals.map(({ chars }) => chars)).toEqual([1, 2 * longest + 1]);
});

test('record and the client read the longest message', async () => {
  const { endpoint } = await startInProcess({ ...atOnce, text: { given: escaped } });
  const chunks = await recordStream(
    endpoint,
    { prompt: 'p', model: 'm' },
    { idleMs: 10_000, streamMs: 10_000 },
    new AbortController().signal,
  );
  expect(chunks.map(({ text }) => text).join('')).toBe(escaped);
  let read = '';
  for await (const { delta } of generate(endpoint, { prompt: 'p' })) read += delta;
  expect(read).toBe(escaped);
});
