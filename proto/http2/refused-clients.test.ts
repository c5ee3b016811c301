import { TLSSocket } from 'node:tls';
import { Socket } from 'node:net';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createRefusedClients } from './refused-clients.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('one line in 10 s for each cause, with the number of clients', () => {
  const lines: string[] = [];
  const refused = createRefusedClients({ warn: (line) => void lines.push(line) }, 'agent');
  const socket = new TLSSocket(new Socket());
  const refuse = (code: string) => refused.log(Object.assign(new Error('80EC'), { code }), socket);
  const passed = (ms: number) => {
    vi.advanceTimersByTime(ms);
    return lines.splice(0);
  };

  for (let n = 0; n < 1000; n += 1) refuse('ERR_SSL_HTTP_REQUEST');
  refuse('ERR_SSL_OF_TOMORROW');
  expect(passed(9999)).toEqual([
    'a client failed to connect: it does not speak TLS',
    'a client failed to connect: ERR_SSL_OF_TOMORROW',
  ]);
  expect(passed(1)).toEqual(['999 more failed to connect within 10 s: it does not speak TLS']);
  refuse('ERR_SSL_WRONG_VERSION_NUMBER');
  refuse('ERR_SSL_OF_TOMORROW');
  expect(passed(9999)).toEqual(['a client failed to connect: ERR_SSL_OF_TOMORROW']);
  expect(passed(1)).toEqual(['1 more failed to connect within 10 s: it does not speak TLS']);
  expect(passed(20_000)).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  refuse('ERR_SSL_HTTP_REQUEST');
  expect(passed(0)).toEqual(['a client failed to connect: it does not speak TLS']);
  refused.close();
  expect(vi.getTimerCount()).toBe(0);
  socket.destroy();
});
