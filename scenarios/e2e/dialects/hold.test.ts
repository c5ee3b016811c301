import { once } from 'node:events';

import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';

import { startRehearsal } from '../../testkit/start-rehearsal.ts';
import { readStreamBody, streamedForms } from '../support/dialect-forms.ts';

const text = 'The text of an answer that a test walks through.';

async function startHeld() {
  const rehearsal = await startRehearsal({
    scenario: { behaviour: { text: { given: text }, faults: [{ hold: { at: { chars: 12 } } }] } },
    speed: 10,
  });
  onTestFinished(() => rehearsal.close());
  return rehearsal;
}

test.each(streamedForms)('$name: a stream is held, sends a chunk, and goes on', async (form) => {
  const rehearsal = await startHeld();
  const response = await fetch(`${rehearsal.url}${form.path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: form.body('hello'),
  });
  let body = '';
  let isOver = false;
  const work = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) body += decoder.decode(bytes, { stream: true });
    isOver = true;
  })();
  const shown = () => readStreamBody(form.dialect, body).text;

  const stream = await rehearsal.stream();
  await expect.poll(shown).toBe(text.slice(0, 12));
  expect(isOver).toBe(false);
  await stream.step();
  await expect.poll(() => shown().length).toBeGreaterThan(12);
  await stream.until({ chars: 30 });
  await expect.poll(shown).toBe(text.slice(0, 30));
  await stream.release();
  await work;
  expect(readStreamBody(form.dialect, body)).toMatchObject({ text, isComplete: true });
});

test.each(streamedForms)('$name: a held stream fails as its format does', async (form) => {
  const rehearsal = await startHeld();
  const response = await fetch(`${rehearsal.url}${form.path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: form.body('hello'),
  });
  const stream = await rehearsal.stream();
  await stream.until({ chars: 20 });
  await stream.fail({ errorStatus: { status: 'UNAVAILABLE', details: 'gone' } });
  expect(readStreamBody(form.dialect, await response.text())).toMatchObject({
    text: text.slice(0, 20),
    error: 'gone',
  });
});

test('a stream over WebSocket is held, sends a chunk, and goes on', async () => {
  const rehearsal = await startHeld();
  const socket = new WebSocket(rehearsal.endpoint.replace('http', 'ws'));
  onTestFinished(() => socket.terminate());
  let shown = '';
  socket.on('message', (message: Buffer) => {
    const { data }: { data: { delta?: string } } = JSON.parse(message.toString());
    shown += data.delta ?? '';
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ prompt: 'hello' }));

  const stream = await rehearsal.stream();
  await stream.until({ chars: 12 });
  await expect.poll(() => shown).toBe(text.slice(0, 12));
  await stream.step();
  await expect.poll(() => shown.length).toBeGreaterThan(12);
  await stream.release();
  await once(socket, 'close');
  expect(shown).toBe(text);
});
