import { urlToHttpOptions } from 'node:url';

import type { Target } from './client/steered-client.ts';
import type { Trust } from './trust.ts';

/**
 * Returns the target of a URL without user and password.
 * @throws {TypeError} for a URL that is not http or https
 */
export function targetOf(parsed: URL, method: Target['method'], trust: Trust): Target {
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new TypeError(`the URL of a load starts with http: or https:, not ${parsed.protocol}`);
  }
  // The socket needs `hostname` without the brackets of an IPv6 address; `host` is for the header.
  const { hostname, path } = urlToHttpOptions(parsed);
  return {
    protocol: parsed.protocol,
    hostname: hostname ?? parsed.hostname,
    port: Number(parsed.port) || (parsed.protocol === 'https:' ? 443 : 80),
    host: parsed.host,
    path: path ?? '/',
    method,
    trust,
  };
}
