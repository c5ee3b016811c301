import { expect, test } from 'vitest';

import { socketAddressOf } from './target-of.ts';

test.each([
  ['https://[::1]/a', { hostname: '::1', port: 443 }],
  ['http://staging.example/', { hostname: 'staging.example', port: 80 }],
  ['https://10.0.0.9:8443', { hostname: '10.0.0.9', port: 8443 }],
])('the socket of %s', (url, address) => {
  expect(socketAddressOf(new URL(url))).toEqual(address);
});
