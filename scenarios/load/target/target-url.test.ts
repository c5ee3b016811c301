import { expect, test } from 'vitest';

import { readTargetUrl } from './target-url.ts';

test('a user and a password become Basic authorization and leave the request line', () => {
  const { request, text, authorization } = readTargetUrl(
    new URL('https://m%C3%BC:p%40ss@host:444/a?stream=true&api_key=k%2Fey#frag'),
  );
  expect(request.href).toBe('https://host:444/a?stream=true&api_key=k%2Fey');
  expect(text).toBe('https://***@host:444/a?stream=true&api_key=***#***');
  expect(authorization).toBe(`Basic ${Buffer.from('mü:p@ss').toString('base64')}`);
});

test('secrets are known as written in the URL and as decoded by a server', () => {
  const { secrets } = readTargetUrl(new URL('http://u:p%40ss@h/?stream=true&key=a%2Bb+c&sk-1234'));
  expect(secrets.toSorted()).toEqual(
    ['p%40ss', 'p@ss', 'a%2Bb+c', 'a+b+c', 'a+b c', 'sk-1234', 'dTpwQHNz'].toSorted(),
  );
});

test('a malformed percent sign stays unchanged', () => {
  const { authorization } = readTargetUrl(new URL('http://u:100%@h/'));
  expect(authorization).toBe(`Basic ${Buffer.from('u:100%').toString('base64')}`);
});

test('a URL without secrets is unchanged', () => {
  const url = 'http://localhost:8080/api/v1/ai/generate?stream=true';
  const { request, text, authorization, secrets } = readTargetUrl(new URL(url));
  expect({ href: request.href, text, authorization, secrets }).toEqual({
    href: url,
    text: url,
    authorization: undefined,
    secrets: [],
  });
});
