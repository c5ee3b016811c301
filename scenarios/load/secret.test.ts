import { afterEach, expect, test, vi } from 'vitest';

import { requestSchema } from './request.ts';
import { runLoad } from './run-load.ts';
import { oneEach } from './testing/load-runs.ts';
import { plainAnswer, startRawServer } from './testing/raw-server.ts';

afterEach(() => vi.unstubAllEnvs());

const request = requestSchema.parse({ token: { env: 'REHEARSAL_TEST_SECRET' } });

test('a secret reaches the server, but no sample, even if the server echoes it', async () => {
  vi.stubEnv('REHEARSAL_TEST_SECRET', 's3cret');
  const server = await startRawServer(({ headers }, socket) => {
    const code = `NOT_${headers['authorization'] ?? ''}`;
    socket.write(plainAnswer(401, 'application/json; for=s3cret', JSON.stringify({ code })));
  });
  const { samples } = await runLoad({ url: server.url, profile: oneEach(1, { request }) });
  expect(server.requests[0]?.headers['authorization']).toBe('Bearer s3cret');
  expect(samples).toMatchObject([
    { detail: 'status 401 NOT_Bearer ***', contentType: 'application/json; for=***' },
  ]);
  expect(JSON.stringify(samples)).not.toContain('s3cret');
});

test('a load with a missing secret sends nothing', async () => {
  const server = await startRawServer(() => undefined);
  const load = runLoad({ url: server.url, profile: oneEach(1, { request }) });
  await expect(load).rejects.toThrow(
    'load.request.token: the environment variable REHEARSAL_TEST_SECRET is not set',
  );
  expect(server.connections()).toBe(0);
});
