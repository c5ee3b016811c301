import { expect, test } from 'vitest';

import { startServer } from '../e2e/support/command.ts';
import { startInProcess } from '../e2e/support/in-process-stack.ts';

/** Starts a gateway, requests one stream with a recognizable token and prompt, and ends it. */
async function serveOne(...flags: string[]) {
  const { agent } = await startInProcess({ text: { given: 'text' } });
  const { endpoint, ...gateway } = await startServer('gateway', [
    '--agent',
    agent.address,
    ...flags,
  ]);
  const response = await fetch(`${endpoint}?prompt=hush-prompt&key=k&token=hush-token`, {
    headers: { Authorization: 'Bearer hush-token', 'x-rehearsal-speed': 'instant' },
  });
  expect(await response.text()).toContain('"isFinal":true');
  gateway.kill('SIGTERM');
  return gateway.ended;
}

test('a gateway logs one JSON line per stream to standard error, without prompt or token', async () => {
  const { stdout, stderr } = await serveOne();
  expect(stderr.split('\n')).toHaveLength(2);
  expect(JSON.parse(stderr)).toMatchObject({
    name: 'gateway',
    msg: 'stream',
    scenario: 'test',
    key: 'k',
    cause: 'completed',
  });
  expect(stdout + stderr).not.toContain('hush');
});

test('at level warn a completed stream is not logged', async () => {
  expect(await serveOne('--log-level', 'warn')).toMatchObject({ code: 0, stderr: '' });
});
