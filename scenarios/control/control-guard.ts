import { RehearsalError } from '../console/rehearsal-error.ts';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';

import type { Context } from 'koa';

/**
 * Accepts only requests of programs on this machine and of the server's own pages. It refuses every
 * request that a page of another origin can send, also by DNS rebinding.
 *
 * @param boundHost the address of `--host`
 * @throws RehearsalError (control) with status 403, or 415 for a body that is not declared as JSON
 */
export function guardControl(
  { req, method }: Pick<Context, 'req' | 'method'>,
  boundHost: string,
): void {
  const { host, origin, 'content-type': contentType } = req.headers;
  if (!isLoopback(req.socket.remoteAddress ?? '')) {
    throw new RehearsalError(
      'control',
      'the control interface answers requests from this machine only: use 127.0.0.1',
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
  const scheme = req.socket instanceof TLSSocket ? 'https' : 'http';
  if (origin !== undefined && origin !== `${scheme}://${host}`) {
    throw new RehearsalError(
      'control',
      'header Origin: pages of another origin may not use the control interface',
      { httpStatus: 403 },
    );
  }
  // A form of another page can post other types without a preflight.
  if (method !== 'GET' && !/^application\/json\s*(?:;|$)/i.test(contentType ?? '')) {
    throw new RehearsalError('control', 'header Content-Type: must be application/json', {
      httpStatus: 415,
    });
  }
}

/** Returns the host name without the brackets of IPv6; undefined for an invalid URL. */
function hostnameOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return isIP(plain) === 4 ? plain.startsWith('127.') : plain === '::1';
}
