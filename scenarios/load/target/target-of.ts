import { urlToHttpOptions } from 'node:url';

import type { Target } from '../client/steered-client.ts';
import type { Trust } from './trust.ts';

/**
 * Returns the target of a URL without user and password.
 * @throws {TypeError} for a URL that is not http or https
 */
export function targetOf(parsed: URL, method: Target['method'], trust: Trust): Target {
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new TypeError(`the URL of a load starts with http: or https:, not ${parsed.protocol}`);
  }
  return {
    protocol: parsed.protocol,
    ...socketAddressOf(parsed),
    host: parsed.host,
    path: urlToHttpOptions(parsed).path ?? '/',
    method,
    trust,
  };
}

/** Returns host and port as a socket needs them: the host without the brackets of an IPv6 address. */
export function socketAddressOf(url: URL): Pick<Target, 'hostname' | 'port'> {
  return {
    hostname: urlToHttpOptions(url).hostname ?? url.hostname,
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
  };
}
