import { isIP } from 'node:net';
import { connect } from 'node:tls';

import type { HttpVersion } from '../../../reports/fingerprint.ts';
import { socketAddressOf } from './target-of.ts';

/** How long a handshake may take. */
const limitMs = 5000;

/** What a user of `http:` reads about such a server. */
export const tlsExpected = 'expects TLS, and http:// is without it';

/** What a handshake of TLS agreed on. */
interface Agreed {
  /** The protocol that the server chose by ALPN (RFC 7301); false without one. */
  protocol: string | false | null;
}

/**
 * Whether a server completes a handshake of TLS at the host and port of a URL. Nothing else is sent.
 * @throws the signal's reason
 */
export async function speaksTls(url: URL, signal: AbortSignal): Promise<boolean> {
  return (await handshake(url, [], signal)) !== null;
}

/**
 * Returns the version of HTTP that a server chooses by ALPN; undefined if it completes no handshake of TLS.
 * @throws the signal's reason
 */
export async function chosenVersion(
  url: URL,
  signal: AbortSignal,
): Promise<HttpVersion | undefined> {
  const agreed = await handshake(url, ['h2', 'http/1.1'], signal);
  if (agreed === null) return undefined;
  return agreed.protocol === 'h2' ? '2' : '1.1';
}

/** @returns null if no handshake is completed in time */
async function handshake(
  url: URL,
  protocols: string[],
  signal: AbortSignal,
): Promise<Agreed | null> {
  const { hostname, port } = socketAddressOf(url);
  const agreed = await new Promise<Agreed | null>((resolve) => {
    const socket = connect({
      host: hostname,
      port,
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
      ...(protocols.length === 0 ? {} : { ALPNProtocols: protocols }),
      // No secret follows the handshake.
      rejectUnauthorized: false,
    });
    const end = (answer: Agreed | null) => {
      clearTimeout(limit);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(answer);
    };
    const abort = () => end(null);
    const limit = setTimeout(abort, limitMs);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    socket.once('secureConnect', () => end({ protocol: socket.alpnProtocol }));
    socket.on('error', abort);
    socket.once('close', abort);
  });
  signal.throwIfAborted();
  return agreed;
}
