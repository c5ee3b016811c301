import { expect, test } from 'vitest';

import type { WireFault } from '../../proto/wire-fault.ts';
import { acceptWithin } from './accept-within.ts';

const cut: WireFault = {
  fault: 'cut',
  by: 'fin',
  afterChars: 3,
  afterMs: 50,
  midEvent: false,
};

test('a late accept is moved to the wait of the gateway, and a cut keeps its time', () => {
  expect(acceptWithin({ acceptAtMs: 3000, wire: [cut, { fault: 'crlf' }] }, 1000)).toEqual({
    acceptAtMs: 1000,
    wire: [{ ...cut, afterMs: 2050 }, { fault: 'crlf' }],
  });
});

test.each([
  ['an accept within the wait', 1000, 1000],
  ['a refused call', null, 1000],
  ['a gateway that names no wait', 3000, Number.NaN],
])('%s stays', (_, acceptAtMs, waitMs) => {
  const stream = { acceptAtMs, wire: [cut] };
  expect(acceptWithin(stream, waitMs)).toBe(stream);
});
