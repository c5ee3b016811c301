import { expect, test } from 'vitest';

import { startServer } from '../e2e/support/command.ts';

/** Starts `serve`, requests one stream with a recognizable token and prompt, and ends it. */
async function serveOne(...flags: string[]) {
  const { endpoint, ...serve } = await startServer('serve', flags);
  const response = await fetch(`${endpoint}?prompt=hush-prompt&key=k&token=hush-token`, {
    headers: { Authorization: 'Bearer hush-token', 'x-rehearsal-speed': 'instant' },
  });
  expect(await response.text()).toContain('"isFinal":true');
  serve.kill('SIGTERM');
  return serve.ended;
}

test('serve logs one JSON line per stream to standard error, without prompt or token', async () => {
  const { stdout, stderr } = await serveOne();
  expect(stderr.split('\n')).toHaveLength(2);
  expect(JSON.parse(stderr)).toMatchObject({
    name: 'gateway',
    msg: 'stream',
    scenario: 'healthy',
    key: 'k',
    cause: 'completed',
  });
  expect(stdout + stderr).not.toContain('hush');
});

test('at level warn a completed stream is not logged', async () => {
  expect(await serveOne('--log-level', 'warn')).toMatchObject({ code: 0, stderr: '' });
});
