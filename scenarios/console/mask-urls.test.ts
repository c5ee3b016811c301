import { expect, test } from 'vitest';

import { maskAddress, maskUrls } from './mask-urls.ts';

test.each([
  ['http://localhost:8080/api/v1/ai/generate', 'http://localhost:8080/api/v1/ai/generate'],
  ['https://me:pa55@host/x', 'https://***@host/x'],
  ['https://t0ken@host', 'https://***@host'],
  ['https://me:p@55@host/@scope', 'https://***@host/@scope'],
  [
    'https://h/?api_key=a1&stream=true&model=gpt-4',
    'https://h/?api_key=***&stream=true&model=gpt-4',
  ],
  ['https://me/x:pa55@host/y?z=1', 'https://***@host/y?z=***'],
  ['https://h/m@1:stream', 'https://h/m@1:stream'],
  ['https://h?sk-123&&key=', 'https://h?***&&key='],
  ['https://h/a#access_token=1', 'https://h/a#***'],
  ['https://h/a?b=1#c', 'https://h/a?b=***#***'],
  [
    'grpc://u:p@h:1 and "http://u:p@h?x=y", no more',
    'grpc://***@h:1 and "http://***@h?x=***", no more',
  ],
  ['no URL: me@host?a=b', 'no URL: me@host?a=b'],
])('the secrets of %s are masked', (text, masked) => {
  expect(maskUrls(text)).toBe(masked);
  expect(maskUrls(masked)).toBe(masked);
});

test.each([
  ['ftp://x', 'ftp://x'],
  ['https://me:pa/55@host/x?key=1', 'https://***@host/x?key=***'],
  ['me:pa55@host:80', '***@host:80'],
  ['localhost:8080?key=1', 'localhost:8080?key=***'],
])('an argument for a URL is masked even if it is not one: %s', (text, masked) => {
  expect(maskAddress(text)).toBe(masked);
});

test('masking takes linear time', () => {
  const text = 'a://'.repeat(250_000);
  expect(maskUrls(text)).toBe(text);
});
