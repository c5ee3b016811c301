import { z } from 'zod';

import type { HttpVersion, Transport } from '../../../reports/fingerprint.ts';
import { RehearsalError } from '../../console/rehearsal-error.ts';
import { chosenVersion } from './tls-handshake.ts';

/** The versions that a load may be held to; `auto` leaves the choice to the server (ALPN). */
export const httpVersionKey = z
  .literal(['auto', 1.1, 2], { error: 'must be auto, 1.1 or 2' })
  .default('auto')
  .describe(
    'Of an `https` target: `auto` offers HTTP/2 and HTTP/1.1, and the server chooses (ALPN); `1.1` offers that alone, `2` refuses a server without it.',
  );

interface VersionedRequest {
  transport: Transport;
  httpVersion: z.output<typeof httpVersionKey>;
}

/**
 * Returns the version of HTTP that a load of a target speaks: without TLS, and for WebSocket, HTTP/1.1.
 * @throws RehearsalError (usage) if the scenario asks for HTTP/2 and the target does not speak it
 * @throws the signal's reason
 */
export async function agreeOnHttp(
  url: URL,
  { transport, httpVersion }: VersionedRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<HttpVersion> {
  if (transport === 'websocket' || httpVersion === 1.1) return '1.1';
  const needsHttp2 = httpVersion === 2;
  if (url.protocol !== 'https:') {
    if (needsHttp2) throw refuse('the target has http:, and a server chooses HTTP/2 in TLS only');
    return '1.1';
  }
  const version = await chosenVersion(url, signal);
  if (version === '1.1' && needsHttp2) throw refuse('the target chose HTTP/1.1 (ALPN)');
  // A server that completes no handshake refuses every stream in either version.
  return version ?? (needsHttp2 ? '2' : '1.1');
}

function refuse(reason: string): RehearsalError {
  return new RehearsalError(
    'usage',
    `load.request.httpVersion: 2: ${reason}; write auto or 1.1, or load another target`,
  );
}
