import { RehearsalError } from '../console/rehearsal-error.ts';
import { isIP } from 'node:net';

import type { Context } from 'koa';

/**
 * Lets through only what a program or a page of this machine asks for itself: whatever a page of
 * another origin can send is refused, also where its name was made to lead here.
 *
 * @param boundHost the address that the server was told to bind
 * @throws RehearsalError (control) 403, and 415 for a body that is not declared as JSON.
 */
export function guardControl(
  { req, method }: Pick<Context, 'req' | 'method'>,
  boundHost: string,
): void {
  const { host, origin, 'content-type': contentType } = req.headers;
  if (!isLoopback(req.socket.remoteAddress ?? '')) {
    throw new RehearsalError(
      'control',
      'the control interface answers this machine alone: use 127.0.0.1',
      { httpStatus: 403 },
    );
  }
  const name = hostnameOf(`http://${host ?? ''}`);
  if (name === undefined || !(name === 'localhost' || isLoopback(name) || name === boundHost)) {
    throw new RehearsalError(
      'control',
      `header Host: must be localhost or a loopback address, not ${JSON.stringify(host ?? '')}`,
      { httpStatus: 403 },
    );
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new RehearsalError(
      'control',
      'header Origin: a page of another origin has no control here',
      { httpStatus: 403 },
    );
  }
  // A form of another page could post anything else without being asked.
  if (method !== 'GET' && !/^application\/json\s*(?:;|$)/i.test(contentType ?? '')) {
    throw new RehearsalError('control', 'header Content-Type: must be application/json', {
      httpStatus: 415,
    });
  }
}

/** Without the brackets of IPv6; undefined where it is none. */
function hostnameOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return isIP(plain) === 4 ? plain.startsWith('127.') : plain === '::1';
}
