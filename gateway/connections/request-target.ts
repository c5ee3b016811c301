import type { IncomingMessage } from 'node:http';

import { dialects } from '../../proto/dialects/index.ts';
import { modelPaths } from '../../proto/dialects/models.ts';
import { generatePath } from '../../proto/interface.ts';
import { GatewayError } from '../errors.ts';

/** A name or an address with an optional port (RFC 9112, 3.2). */
const hostValue = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d*)?$/i;

/** A URL as the request target, the form for proxies (RFC 9112, 3.2.2). */
const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/i;

/**
 * Checks the target of a request (RFC 9112, 3.2), and normalises one in absolute form: its path becomes `url`,
 * its authority `Host`. OPTIONS of a URL without a path means `*` (RFC 9112, 3.2.4).
 * @throws GatewayError INVALID_REQUEST if the target is invalid
 */
export function readTarget(request: IncomingMessage): void {
  const { httpVersion, method, url = '' } = request;
  const hosts = hostsOf(request);
  const [host] = hosts;
  if (hosts.length > 1) throw badTarget('header Host: must be given once');
  if (host === undefined && httpVersion !== '1.0') throw badTarget('header Host: is required');
  if (host !== undefined && !hostValue.test(host)) {
    throw badTarget('header Host: must be a name or an address, with or without a port');
  }
  if (url === '*' && method !== 'OPTIONS') {
    throw badTarget(`request: the target * is for OPTIONS, not for ${method}`);
  }
  if (request.httpVersionMajor >= 2) request.headers.host = host;
  const [, authority, path = ''] = absoluteForm.exec(url) ?? [];
  if (authority === undefined) return;
  if (!hostValue.test(authority)) throw badTarget('request: its URL is not valid');
  const isServerWide = path === '' && method === 'OPTIONS';
  request.url = isServerWide ? '*' : path.startsWith('/') ? path : `/${path}`;
  request.headers.host = authority;
}

/** Returns the different values of Host; HTTP/2 has it as `:authority` (RFC 9113, 8.3.1). */
function hostsOf({ rawHeaders, httpVersionMajor }: IncomingMessage): string[] {
  const hosts = rawHeaders.filter((_, index) => {
    const name = index % 2 === 1 ? rawHeaders[index - 1]?.toLowerCase() : '';
    return name === 'host' || name === ':authority';
  });
  return httpVersionMajor >= 2 ? [...new Set(hosts)] : hosts;
}

function badTarget(details: string): GatewayError {
  return new GatewayError('INVALID_REQUEST', details);
}

/** Returns the error details for an unknown path, which name every format and its path. */
export function noSuchPath(path: string): string {
  const formats = dialects.map(({ dialect, paths }) => `${paths[0]} (${dialect.name} by POST)`);
  const served = [`${generatePath} (SSE by POST or GET, and WebSocket)`, ...formats, modelPaths[0]];
  return `path: there is no ${path}; this gateway serves ${served.join(', ')}, /healthz, /readyz, /metrics and /status`;
}
