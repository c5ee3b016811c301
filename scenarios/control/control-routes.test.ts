import { expect, onTestFinished, test } from 'vitest';

import { exchange } from '../../gateway/testing/exchange.ts';
import { faultNames } from '../../mock-agent/faults/all-faults.ts';
import { launchBrowser, skipsBrowser } from '../../reports/testing/browser.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';
import { startRehearsal } from '../testkit/start-rehearsal.ts';
import { call, startTwo, textOf } from './testing/call-control.ts';

test('scenarios are listed, and one can be chosen for all tests or for one', async () => {
  const rehearsal = await startTwo();
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
  const rehearsal = await startTwo();
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

test('the next request gets a scenario that is written as an object', async () => {
  const rehearsal = await startTwo();
  const scenario = { behaviour: { text: { given: 'three' } } };
  await call(rehearsal, 'POST', '/next', JSON.stringify({ scenario }));
  expect([await textOf(rehearsal), await textOf(rehearsal)]).toEqual(['three', 'one']);
});

test('a plan can be read before its stream', async () => {
  const rehearsal = await startTwo();
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

test('a plan in a dialect is that of the command, answer and default key included', async () => {
  const rehearsal = await startRehearsal({ scenario: 'tool-calls' });
  onTestFinished(() => rehearsal.close());
  const { body } = await call(rehearsal, 'GET', '/plan?prompt=a&dialect=anthropic-messages&nth=2');
  const args = ['plan', 'tool-calls', '--prompt', 'a', '--model', 'gpt-4', '--nth', '2'];
  const command = await runInProcess(...args, '--dialect', 'anthropic-messages', '--json');
  expect(body).toEqual(JSON.parse(command.stdout));
  expect(JSON.stringify(body)).toContain('event: message_stop');
});

test.each([
  ['GET', '/plan?dialect=openai', undefined, 'dialect: '],
  ['GET', '/plan?nth=x', undefined, 'nth: must be a whole number'],
  ['GET', '/plan?nth=0', undefined, 'nth: must be at least 1'],
  ['GET', '/requests?tets=a', undefined, 'there is no "tets"; did you mean "test"?'],
  ['GET', '/requests?foo=a', undefined, 'there is no "foo"; there are test'],
  ['POST', '/next', '{"falt": "503"}', 'there is no "falt"; did you mean "fault"?'],
  [
    'POST',
    '/next',
    '{"foo": 1, "bar": 2}',
    'there is no "foo", "bar"; there are scenario, fault, ',
  ],
  ['POST', '/next', '{"scenario": 3}', "scenario: must be a scenario's name, or a scenario as an"],
  ['PUT', '/scenario', '{}', 'scenario: is required'],
  [
    'PUT',
    '/scenario',
    '{"scenario": 3}',
    "scenario: must be a scenario's name, or a scenario as an",
  ],
  ['PUT', '/scenario', '{"scenario": {"behavior": {}}}', 'unknown key "behavior"; did you mean'],
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
    expect(await call(await startTwo(), method, path, body)).toMatchObject({
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
  const rehearsal = await startTwo();
  const answer = await call(rehearsal, 'PUT', '/scenario', '{"scenario": "two"}', headers);
  expect(answer.status).toBe(status);
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  expect(await textOf(rehearsal)).toBe('one');
});

test('localhost and the own origin are accepted; the response to an unknown path lists the paths', async () => {
  const rehearsal = await startTwo();
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
  const { url } = await startTwo();
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
  const rehearsal = await startTwo();
  const page = await startTwo();
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
  const rehearsal = await startTwo();
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
