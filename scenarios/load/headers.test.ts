import { expect, test } from 'vitest';

import { readHeaders, secretsOfHeaders } from './headers.ts';
import { headerNameSchema } from './request.ts';

test('headers are read from lines, with names in any case and spaces around', () => {
  expect(readHeaders(['Authorization: Bearer a:b', 'x-tenant:blue ', 'X-Tenant: red'])).toEqual({
    authorization: 'Bearer a:b',
    'x-tenant': 'red',
  });
});

test.each([
  ['Bearer s3cret', "--header: write 'name: value'"],
  ['Bearer s3cret==', "--header: write 'name: value'"],
  ['host: s3cret', '--header: "host" is set by the HTTP client itself'],
  [
    'X-Rehearsal-Key: s3cret',
    '--header: "X-Rehearsal-Key" is set by the load, which gives every stream a key of its own',
  ],
  ['a b: s3cret', '--header: "a b" is not a valid header name'],
  ['x-a: s3cret\r\nx-b: c', '--header: x-a: a header has one line and no control characters'],
])('the message for a wrong line leaves out its value: %j', (line, message) => {
  expect(() => readHeaders([line])).toThrow(message);
  expect(() => readHeaders([line])).not.toThrow(/s3cret/);
});

test('one request may have the key of a stream', () => {
  expect(readHeaders(['x-rehearsal-key: a'], { nameSchema: headerNameSchema })).toEqual({
    'x-rehearsal-key': 'a',
  });
});

test('a value is read from the environment, with either separator', () => {
  const environment = { KEY: 's3cret', OTHER: 'x' };
  expect(
    readHeaders(['x-api-key=env:KEY', 'x-a: env:OTHER', 'x-b=a=b:c'], { environment }),
  ).toEqual({
    'x-api-key': 's3cret',
    'x-a': 'x',
    'x-b': 'a=b:c',
  });
  expect(() => readHeaders(['x-api-key=env:KEY'], { environment: {} })).toThrow(
    '--header: x-api-key: the environment variable KEY is not set',
  );
});

test('a token without its scheme is a secret too, and so are the parts of a cookie', () => {
  expect(secretsOfHeaders({ authorization: 'Bearer t0ken-1', cookie: 'sid=abcdef; b=1' })).toEqual(
    expect.arrayContaining(['Bearer t0ken-1', 't0ken-1', 'abcdef', 'sid=abcdef; b=1']),
  );
  expect(secretsOfHeaders({ authorization: 'Bearer t0ken-1' })).not.toContain('Bearer');
});
