import { expect, test } from 'vitest';

import { createAuthority } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import { startCommand, startServer } from '../e2e/support/command.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';

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

test('agent and gateway speak mutual TLS by their flags, over TCP and over a Unix socket', async () => {
  const authority = await createAuthority();
  const { ca, cert, key } = await writeFiles({ ca: authority.ca, ...(await authority.issue()) });
  const ofAgent = ['--tls-cert', cert, '--tls-key', key, '--client-ca', ca];
  const ofGateway = ['--agent-ca', ca, '--agent-cert', cert, '--agent-key', key];
  const socket = `${ca}.sock`;
  for (const [listen, address] of [
    [['--agent-port', '0'], /\d+\.\S+/],
    [['--socket', socket], /unix:\S+/],
  ] as const) {
    const agent = startCommand(['agent', 'fast', ...listen, ...ofAgent]);
    const agentAddress = address.exec(await agent.firstLine)?.[0] ?? '';
    const { endpoint, ...gateway } = await startServer('gateway', [
      '--agent',
      agentAddress,
      ...ofGateway,
    ]);
    expect(await (await fetch(`${endpoint}?prompt=a`)).text()).toContain('"isFinal":true');
    for (const command of [gateway, agent]) {
      command.kill('SIGTERM');
      expect((await command.ended).stderr).not.toMatch(/Warning|rehearsal:/);
    }
  }
});

test.each([
  [['--tls-cert', 'none.pem', '--tls-key', 'none.pem'], '--tls-cert: none.pem cannot be read'],
  [['--client-ca', 'ca.pem'], '--client-ca: needs --tls-cert and --tls-key too'],
  [['--socket', '/nowhere/agent.sock'], '--socket: /nowhere/agent.sock is in a folder that'],
  [['--socket', 'package.json'], '--socket: package.json is in use, or another file'],
  [['--socket', `/nowhere/${'é'.repeat(60)}`], 'is longer than 107 bytes'],
])('agent %j ends with exit code 2 and the reason', async (flags, reason) => {
  const { code, stderr } = await runInProcess('agent', 'fast', ...flags);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) });
});
