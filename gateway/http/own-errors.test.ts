import { expect, test } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import { errorKinds, type ErrorCode } from '../../proto/error-codes.ts';
import { startBefore } from '../testing/start-before.ts';

const json = { 'Content-Type': 'application/json' };
const bearer = { Authorization: 'Bearer secret' };

/** A request that meets each error which is the gateway's own word; the agent's are in agent-client.test.ts. */
const requests: [ErrorCode, number, string, RequestInit][] = [
  ['INVALID_REQUEST', 400, generatePath, { headers: bearer }],
  ['UNAUTHENTICATED', 401, `${generatePath}?prompt=a`, {}],
  ['NOT_FOUND', 404, '/', {}],
  ['NOT_FOUND', 404, '/', { method: 'OPTIONS' }],
  ['METHOD_NOT_ALLOWED', 405, generatePath, { method: 'DELETE' }],
  [
    'PAYLOAD_TOO_LARGE',
    413,
    generatePath,
    { method: 'POST', headers: { ...json, ...bearer }, body: `"${'x'.repeat(200)}"` },
  ],
  ['INVALID_REQUEST', 414, `/${'x'.repeat(17_000)}`, {}],
  ['UNSUPPORTED_MEDIA_TYPE', 415, generatePath, { method: 'POST', headers: bearer, body: 'a' }],
  ['OVERLOADED', 503, `${generatePath}?prompt=a`, { headers: bearer }],
];

test.each(requests)(
  '%s is a %i in JSON that a page of another origin can read',
  async (...request) => {
    const [code, status, path, init] = request;
    const { url, endpoint, openStreams } = await startBefore(
      (call) => {
        call.write({ delta: 'text' });
      },
      { auth: ['secret'], bodyLimitBytes: 100, maxStreams: 1 },
    );
    const holding = await fetch(`${endpoint}?prompt=a&token=secret`);
    expect(openStreams()).toBe(1);
    const headers = { Origin: 'http://page.example', ...(init.headers as Record<string, string>) };
    const response = await fetch(url + path, { ...init, headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({
      error: errorKinds[code].error,
      code,
      details: expect.stringMatching(/./) as unknown,
    });
    expect(openStreams()).toBe(1);
    await holding.body?.cancel();
  },
);
