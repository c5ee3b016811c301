import { expect, test } from 'vitest';

import { startServer } from '../e2e/support/command.ts';

test('a flag sets the pings and a variable the limit of serve, and an unknown variable is named', async () => {
  const { endpoint, ...serve } = await startServer(
    'serve',
    ['healthy', '--ping-interval', '100ms'],
    {
      env: { ...process.env, REHEARSAL_STREAM_LIMIT: '1s', REHEARSAL_BUFER: '5' },
    },
  );
  // By default there is no ping for 15 s, and no end of a held stream for 2 minutes.
  const body = await (await fetch(`${endpoint}?prompt=a&fault=hold`)).text();
  expect(body).toMatch(/^event: ping$/m);
  expect(body).toContain('"code":"TIMEOUT"');
  serve.kill('SIGTERM');
  expect((await serve.ended).stderr).toContain(
    'rehearsal: the environment variable REHEARSAL_BUFER sets nothing; did you mean "REHEARSAL_BUFFER"?\n',
  );
});

test('the workers of a gateway have the options of its flags', async () => {
  const { endpoint, ...gateway } = await startServer(
    'gateway',
    ['--workers', '2', '--agent', '127.0.0.1:1', '--prompt-limit', '3', '--body-limit', '100B'],
    { env: { ...process.env, REHEARSAL_AUTH: 'any' } },
  );
  const post = async (prompt: string, token = 'x') =>
    (
      await fetch(endpoint, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({ prompt }),
      })
    ).status;
  expect(await post('long')).toBe(413);
  expect(await post('a'.repeat(100))).toBe(413);
  expect((await fetch(`${endpoint}?prompt=a`)).status).toBe(401);
  gateway.kill('SIGTERM');
  await gateway.ended;
});
