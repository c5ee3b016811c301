import { request } from 'node:http';

import { expect, onTestFinished, test } from 'vitest';

import { exchange } from '../../gateway/testing/exchange.ts';
import { faultNames } from '../../mock-agent/faults/all-faults.ts';
import { launchBrowser, skipsBrowser } from '../../reports/testing/browser.ts';
import { startRehearsal, type Rehearsal } from '../testkit/start-rehearsal.ts';

async function start() {
  const say = (given: string) => ({
    name: given,
    description: given,
    behaviour: { text: { given } },
  });
  const rehearsal = await startRehearsal({
    scenarios: [say('one'), say('two')],
    speed: 'instant',
    seed: 3,
  });
  onTestFinished(() => rehearsal.close());
  return rehearsal;
}

interface ControlResponse {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: unknown;
}

/** Sends a request by `node:http`, which can set every header, unlike fetch. */
function call(
  { url }: Rehearsal,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<ControlResponse> {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const sent = request(`${url}/__rehearsal${path}`, { method, headers: { ...type, ...headers } });
    sent.once('error', reject);
    sent.once('response', (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(text),
        }),
      );
    });
    sent.end(body);
  });
}

const textOf = async ({ endpoint }: Rehearsal, query = '') =>
  [...(await (await fetch(`${endpoint}?prompt=a${query}`)).text()).matchAll(/"delta":"([^"]*)"/g)]
    .map(([, delta]) => delta)
    .join('');

test('scenarios are listed, and one can be chosen for all tests or for one', async () => {
  const rehearsal = await start();
  expect((await call(rehearsal, 'GET', '/scenarios')).body).toEqual([
    { name: 'one', description: 'one', current: true },
    { name: 'two', description: 'two', current: false },
  ]);
  const chosen = await call(rehearsal, 'PUT', '/scenario', '{"scenario": "two", "test": "a"}');
  expect(chosen).toMatchObject({ status: 200, body: { scenario: 'two' } });
  expect((await call(rehearsal, 'GET', '/scenario?test=a')).body).toEqual({ scenario: 'two' });
  expect((await call(rehearsal, 'GET', '/scenario')).body).toEqual({ scenario: 'one' });
  expect(await textOf(rehearsal, '&test=a')).toBe('two');
  expect(await textOf(rehearsal)).toBe('one');
  expect(await call(rehearsal, 'PUT', '/scenario', '{"scenario": "three"}')).toMatchObject({
    status: 404,
    body: {
      error:
        'scenario: there is no "three" here; there are one, two (GET /__rehearsal/scenarios lists all)',
    },
  });
  expect(await call(rehearsal, 'PUT', '/scenario', '{"scenario": "twoo"}')).toMatchObject({
    status: 404,
    body: {
      error:
        'scenario: there is no "twoo" here; did you mean "two"? (GET /__rehearsal/scenarios lists all)',
    },
  });
});

test('the next request fails, the journal contains it, and a reset clears it', async () => {
  const rehearsal = await start();
  const next = JSON.stringify({ fault: { httpStatus: { status: 503 } } });
  expect((await call(rehearsal, 'POST', '/next', next)).body).toEqual({ times: 1 });
  const statuses = [
    (await fetch(`${rehearsal.endpoint}?prompt=a`)).status,
    (await fetch(`${rehearsal.endpoint}?prompt=a`)).status,
  ];
  expect(statuses).toEqual([503, 200]);
  expect((await call(rehearsal, 'GET', '/requests')).body).toMatchObject({
    requests: [{ status: 503 }, { status: 200 }],
    dropped: 0,
  });
  expect((await call(rehearsal, 'POST', '/reset', '{}')).status).toBe(200);
  expect((await call(rehearsal, 'GET', '/requests')).body).toEqual({ requests: [], dropped: 0 });
});

test('a plan can be read before its stream', async () => {
  const rehearsal = await start();
  const { body } = await call(rehearsal, 'GET', '/plan?scenario=two&prompt=a&key=k&fault=noFinal');
  expect(body).toMatchObject({
    scenario: 'two',
    seed: 3,
    key: 'k',
    text: 'two',
    faults: ['noFinal'],
    end: { kind: 'no-final' },
  });
});

test.each([
  ['GET', '/plan?nth=x', undefined, 'nth: must be a whole number'],
  ['GET', '/plan?nth=0', undefined, 'nth: must be at least 1'],
  ['GET', '/requests?tets=a', undefined, 'there is no "tets"; there are test'],
  ['PUT', '/scenario', '{}', 'scenario: is required'],
  ['PUT', '/scenario', '{"scenario": 3}', 'scenario: must be a text'],
  ['POST', '/next', '{"fault": true}', "fault: must be a fault's name, an entry of a scenario's"],
  ['POST', '/next', '{"fault": 3}', 'fault: there is no "3"; there are refuse, '],
  ['POST', '/next', '{"fault": ["stall", "cutt"]}', 'fault: entry 2: there is no "cutt"; did you'],
  ['POST', '/next', '{"fault": "stall", "times": 1001}', 'times: must be at most 1000'],
  ['POST', '/next', '{}', 'body: write a scenario, a fault, or both'],
  ['POST', '/next', '{"fault": "stal"}', 'fault: there is no "stal"; did you mean "stall"?'],
  ['POST', '/reset', '[]', 'body: must be a JSON object'],
  ['POST', '/reset', '{', 'body: must be a JSON object'],
])(
  'the response to a mistake is a 400 that says what is wrong: %s %s %s',
  async (method, path, body, error) => {
    expect(await call(await start(), method, path, body)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining(error) },
    });
  },
);

test.each([
  ['another Host', 403, { Host: 'evil.example' }],
  ['a Host that only begins like ours', 403, { Host: 'localhost.evil.example' }],
  ['another Origin', 403, { Origin: 'http://evil.example' }],
  ['the Origin null', 403, { Origin: 'null' }],
  ['the body of a form', 415, { 'Content-Type': 'text/plain' }],
  ['a type that only begins like JSON', 415, { 'Content-Type': 'application/jsonp' }],
])('%s is refused, without CORS headers', async (_, status, headers: Record<string, string>) => {
  const rehearsal = await start();
  const answer = await call(rehearsal, 'PUT', '/scenario', '{"scenario": "two"}', headers);
  expect(answer.status).toBe(status);
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  expect(await textOf(rehearsal)).toBe('one');
});

test('localhost and the own origin are accepted; the response to an unknown path lists the paths', async () => {
  const rehearsal = await start();
  const { host, port } = new URL(rehearsal.url);
  const own = { Host: host, Origin: `http://${host}` };
  expect((await call(rehearsal, 'GET', '/scenario', undefined, own)).status).toBe(200);
  const named = { Host: `localhost:${port}` };
  expect((await call(rehearsal, 'GET', '/scenario', undefined, named)).status).toBe(200);
  expect(await call(rehearsal, 'GET', '/nothing')).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining('PUT /scenario') },
  });
});

test('for an absolute request target its own host counts, not the header Host', async () => {
  const { url } = await start();
  const { host, port } = new URL(url);
  const statusOf = async (origin: string, header: string) => {
    const answer = await exchange(
      url,
      `GET ${origin}/__rehearsal/scenario HTTP/1.1\r\nHost: ${header}\r\nConnection: close\r\n\r\n`,
    );
    return answer.slice(9, 12);
  };
  expect(await statusOf(`http://${host}`, host)).toBe('200');
  expect(await statusOf(`HTTP://localhost:${port}`, 'elsewhere.test')).toBe('200');
  expect(await statusOf('http://elsewhere.test', host)).toBe('403');
  expect(await statusOf(`http://${host}@elsewhere.test`, host)).toBe('400');
  expect(await statusOf('http://', host)).toBe('400');
});

test.skipIf(skipsBrowser)('a page of another origin cannot use the control interface', async () => {
  const rehearsal = await start();
  const page = await start();
  const browser = await launchBrowser();
  try {
    const tab = await browser.newPage();
    await tab.goto(`${page.url}/status`);
    const results = await tab.evaluate(async (url) => {
      const attempt = async (path: string, init: RequestInit) => {
        try {
          const response = await fetch(`${url}/__rehearsal${path}`, init);
          return response.type === 'opaque' ? 'opaque' : `read ${response.status}`;
        } catch {
          return 'failed';
        }
      };
      const body = '{"scenario": "two"}';
      const json = { 'Content-Type': 'application/json' };
      return [
        await attempt('/requests', {}),
        await attempt('/scenario', { method: 'PUT', headers: json, body }),
        await attempt('/next', { method: 'POST', headers: json, body }),
        await attempt('/next', { method: 'POST', mode: 'no-cors', body }),
      ];
    }, rehearsal.url);
    expect(results).toEqual(['failed', 'failed', 'failed', 'opaque']);
    const own = await tab.evaluate(async () => (await fetch('/__rehearsal/scenario')).status);
    expect(own).toBe(200);
  } finally {
    await browser.close();
  }
  expect(await textOf(rehearsal)).toBe('one');
});

test('each fault is listed with examples that a request accepts', async () => {
  const rehearsal = await start();
  const { body } = await call(rehearsal, 'GET', '/faults');
  const listed = body as { name: string; examples: unknown[] }[];
  expect(listed.map(({ name }) => name)).toEqual(faultNames);
  const examples = listed.flatMap((fault) => fault.examples);
  expect(examples).toContain('refuse');
  expect(examples).toContain('stall');
  expect(examples).toContainEqual({ httpStatus: { status: 502, body: 'page' } });
  for (const fault of examples) {
    const { status } = await call(rehearsal, 'POST', '/next', JSON.stringify({ fault }));
    expect([fault, status]).toEqual([fault, 200]);
  }
});

test.each([
  ['the query', '&fault=emptyChunks,error', {}],
  ['a header', '', { 'x-rehearsal-fault': 'emptyChunks, error' }],
  [
    'two headers of one name',
    '',
    new Headers([
      ['x-rehearsal-fault', 'emptyChunks'],
      ['x-rehearsal-fault', 'error'],
    ]),
  ],
  ['JSON in a header', '', { 'x-rehearsal-fault': '["emptyChunks", {"errorStatus": {}}]' }],
])('several faults by one word each strike in order, from %s', async (_, query, headers) => {
  const rehearsal = await start();
  const body = await (await fetch(`${rehearsal.endpoint}?prompt=a${query}`, { headers })).text();
  expect(body).toContain('"code":"GENERATION_ERROR"');
  expect(rehearsal.requests()).toMatchObject([
    {
      requestedFaults: expect.stringMatching(/^\W*emptyChunks.*error/),
      struckFaults: ['emptyChunks', 'errorStatus'],
    },
  ]);
});

test('several faults strike in order, from next', async () => {
  const rehearsal = await start();
  await rehearsal.next({ fault: ['emptyChunks', { errorStatus: { at: 'end' } }] });
  await call(rehearsal, 'POST', '/next', '{"fault": [429, "noPings"], "test": "t"}');
  expect((await call(rehearsal, 'POST', '/next', '{"fault": ["refuse", 429]}')).body).toEqual({
    error: expect.stringContaining('fault: refuse always strikes here') as string,
  });
  const statuses = [
    (await fetch(`${rehearsal.endpoint}?prompt=a`)).status,
    (await fetch(`${rehearsal.endpoint}?prompt=a`)).status,
  ];
  expect(statuses).toEqual([200, 200]);
  await expect
    .poll(() => rehearsal.requests())
    .toMatchObject([
      { struckFaults: ['emptyChunks', 'errorStatus'] },
      { requestedFaults: null, struckFaults: [] },
    ]);
});

test.each([
  ['429', 429, ['httpStatus']],
  ['refuse', 503, ['refuse']],
  ['silence', 200, ['silence']],
  ['stal', 400, null],
])('requests tell that %s was asked for, and what struck', async (fault, status, struckFaults) => {
  const rehearsal = await start();
  const leaving = new AbortController();
  const options = { signal: leaving.signal };
  expect((await fetch(`${rehearsal.endpoint}?prompt=a&fault=${fault}`, options)).status).toBe(
    status,
  );
  expect(rehearsal.requests()).toMatchObject([{ requestedFaults: fault, struckFaults }]);
  leaving.abort();
});
