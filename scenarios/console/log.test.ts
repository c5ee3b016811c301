import { expect, test } from 'vitest';

import { startCommand } from '../e2e/support/command.ts';

/** Serves, asks for a stream with a token and a prompt of its own, and ends. */
async function serveOne(...flags: string[]) {
  const serve = startCommand(['serve', '--port', '0', '--agent-port', '0', ...flags]);
  const endpoint = /\S+$/.exec(await serve.firstLine)?.[0] ?? '';
  const response = await fetch(`${endpoint}?prompt=hush-prompt&key=k&token=hush-token`, {
    headers: { Authorization: 'Bearer hush-token', 'x-rehearsal-speed': 'instant' },
  });
  expect(await response.text()).toContain('"isFinal":true');
  serve.kill('SIGTERM');
  return serve.ended;
}

test('serve writes a line of JSON for each stream to standard error, and no prompt or token', async () => {
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

test('at the level warn a stream that ends well is not worth a line', async () => {
  expect(await serveOne('--log-level', 'warn')).toMatchObject({ code: 0, stderr: '' });
});
