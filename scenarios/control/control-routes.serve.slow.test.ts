import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import { startServer } from '../e2e/support/command.ts';

const send = (url: string, method: string, path: string, body: unknown) =>
  fetch(`${url}/__rehearsal${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

test('serve has the control interface, although agent and gateway are two processes', async () => {
  const { origin: url } = await startServer('serve', ['healthy', 'rate-limited']);
  const statusOf = async (query = '') => {
    const response = await fetch(`${url}${generatePath}?prompt=a${query}`, {
      headers: { 'x-rehearsal-speed': 'instant' },
    });
    await response.text();
    return response.status;
  };
  expect(await (await fetch(`${url}/__rehearsal/scenarios`)).json()).toMatchObject([
    { name: 'healthy', current: true },
    { name: 'rate-limited', current: false },
  ]);
  await send(url, 'POST', '/next', { fault: { httpStatus: { status: 503 } }, test: 'a' });
  expect([await statusOf(), await statusOf('&test=a'), await statusOf('&test=a')]).toEqual([
    200, 503, 200,
  ]);

  const keysOf = async () => {
    const { requests } = (await (await fetch(`${url}/__rehearsal/requests?test=k`)).json()) as {
      requests: { key: string }[];
    };
    return requests.map(({ key }) => key.split('-')[1]);
  };
  await statusOf('&test=k');
  await statusOf('&test=k');
  expect(await keysOf()).toEqual(['1', '2']);
  await send(url, 'POST', '/reset', { test: 'k' });
  await statusOf('&test=k');
  expect(await keysOf()).toEqual(['1']);
});

test('gateway has no control interface', async () => {
  const { origin } = await startServer('gateway');
  expect((await fetch(`${origin}/__rehearsal/scenarios`)).status).toBe(404);
});

test('serve logs each refused request once, including those to the control interface', async () => {
  const serve = await startServer('serve', ['healthy']);
  const url = serve.origin;
  await (await send(url, 'PUT', '/scenario?test=hush', { scenario: 'helthy' })).text();
  await (await fetch(`${url}/__rehearsal/nothing`)).text();
  await (await fetch(`${url}${generatePath}?prompt=hush&speed=instant`)).text();
  const unknown = await fetch(`${url}${generatePath}?prompt=hush&scenario=helthy`);
  expect(await unknown.json()).toMatchObject({
    details: expect.stringContaining('did you mean "healthy"?'),
  });
  serve.kill('SIGTERM');
  const { stderr } = await serve.ended;
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string });
  expect(lines.filter(({ name }) => name === 'agent')).toMatchObject([
    { msg: 'refused', details: expect.stringContaining('did you mean "healthy"?') },
  ]);
  expect(lines.filter(({ name }) => name === 'gateway')).toMatchObject([
    {
      name: 'gateway',
      level: 30,
      msg: 'refused',
      method: 'PUT',
      path: '/__rehearsal/scenario',
      status: 404,
      details: expect.stringContaining('there is no "helthy" here; did you mean "healthy"?'),
    },
    { name: 'gateway', msg: 'refused', method: 'GET', path: '/__rehearsal/nothing', status: 404 },
    { name: 'gateway', msg: 'stream', scenario: 'healthy', cause: 'completed' },
    { name: 'gateway', msg: 'refused', status: 404 },
  ]);
  expect(stderr).not.toContain('hush');
});

test('the control interface names an invalid scenario file, and works again when the file is valid', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-control-'));
  const file = join(folder, 'mine.yaml');
  await writeFile(file, 'version: 1\ndescription: Mine.\n');
  const { origin: url } = await startServer('serve', [file, '--log-level=silent']);
  await writeFile(file, 'version: 1\ndescription: Mine.\nbehavior: {}\n');
  const broken = await fetch(`${url}/__rehearsal/scenarios`);
  expect(broken.status).toBe(500);
  expect(await broken.json()).toMatchObject({ error: expect.stringContaining(`${file}:3:1: `) });
  await writeFile(file, 'version: 1\ndescription: Mine.\n');
  const valid = await fetch(`${url}/__rehearsal/scenarios`);
  expect(await valid.json()).toMatchObject([{ name: 'mine', current: true }]);
  await rm(folder, { recursive: true });
});

test('serve takes a scenario as an object, and its streams are held over HTTP', async () => {
  const { origin: url } = await startServer('serve', ['healthy']);
  const scenario = {
    name: 'mine',
    behaviour: { text: { given: 'Hello there, you two' }, tokenChars: { min: 5, max: 5 } },
  };
  expect(await (await send(url, 'PUT', '/scenario', { scenario })).json()).toEqual({
    scenario: 'mine',
  });
  const answer = await fetch(`${url}${generatePath}?prompt=a&fault=hold&speed=instant`);
  const { streams } = (await (await fetch(`${url}/__rehearsal/streams`)).json()) as {
    streams: { id: string; isHeld: boolean }[];
  };
  expect(streams).toMatchObject([{ scenario: 'mine' }]);
  const act = async (action: string, body: object = {}) => {
    const response = await send(url, 'POST', `/streams/${streams[0]?.id}/${action}`, body);
    return { status: response.status, body: (await response.json()) as object };
  };
  expect((await act('until', { at: { chars: 7 } })).body).toMatchObject({ chars: 7, isHeld: true });
  expect(await act('until', { at: { chars: 3 } })).toMatchObject({ status: 409 });
  expect((await act('step')).body).toMatchObject({ chars: 10 });
  expect((await act('fail', { fault: 'error' })).body).toMatchObject({ end: 'GENERATION_ERROR' });
  expect(await answer.text()).toContain('event: error');
});
