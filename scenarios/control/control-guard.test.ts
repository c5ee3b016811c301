import type { IncomingMessage } from 'node:http';

import { expect, test } from 'vitest';

import { guardControl } from './control-guard.ts';

/** Runs the guard with a request that has only the fields it reads. */
const guard = (remoteAddress: string, host: string, boundHost = '0.0.0.0') =>
  guardControl(
    {
      method: 'GET',
      req: { headers: { host }, socket: { remoteAddress } } as IncomingMessage,
    },
    boundHost,
  );

test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
  'a peer on this machine is accepted: %s',
  (peer) => {
    expect(() => guard(peer, '127.0.0.1:8080')).not.toThrow();
  },
);

test.each(['192.168.1.7', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', ''])(
  'a peer on another machine is refused, whatever the bound address: "%s"',
  (peer) => {
    expect(() => guard(peer, '127.0.0.1:8080')).toThrow(/from this machine only/);
  },
);

test.each(['localhost:1', '127.0.0.1', '[::1]:8080', 'LOCALHOST', '0.0.0.0:8080'])(
  'Host %s is accepted',
  (host) => {
    expect(() => guard('127.0.0.1', host)).not.toThrow();
  },
);

test.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil', '10.0.0.1', '', ':80'])(
  'Host "%s" is refused',
  (host) => {
    expect(() => guard('127.0.0.1', host)).toThrow(/^header Host: must be localhost/);
  },
);
