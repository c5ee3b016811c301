import { expect, test } from 'vitest';

import { call, startTwo, textOf } from './testing/call-control.ts';

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
  const rehearsal = await startTwo();
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
  const rehearsal = await startTwo();
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
  const rehearsal = await startTwo();
  const leaving = new AbortController();
  const options = { signal: leaving.signal };
  expect((await fetch(`${rehearsal.endpoint}?prompt=a&fault=${fault}`, options)).status).toBe(
    status,
  );
  expect(rehearsal.requests()).toMatchObject([{ requestedFaults: fault, struckFaults }]);
  leaving.abort();
});

test('a scenario is chosen as an object', async () => {
  const rehearsal = await startTwo();
  const scenario = { behaviour: { text: { given: 'three' } } };
  const body = JSON.stringify({ scenario, test: 't' });
  const chosen = await call(rehearsal, 'PUT', '/scenario', body);
  expect(chosen).toMatchObject({
    status: 200,
    body: { scenario: expect.stringMatching(/^object-/) },
  });
  expect(await textOf(rehearsal, '&test=t')).toBe('three');
  expect(await textOf(rehearsal)).toBe('one');
});
