import { connect } from 'node:tls';
import { urlToHttpOptions } from 'node:url';

/** How long a handshake may take. */
const limitMs = 2000;

/** What a user of `http:` reads about such a server. */
export const tlsExpected = 'expects TLS, and http:// is without it';

/**
 * Whether a server completes a handshake of TLS at the host and port of a URL. Nothing else is sent.
 * @throws the signal's reason
 */
export async function speaksTls(url: URL, signal: AbortSignal): Promise<boolean> {
  const { hostname, port } = urlToHttpOptions(url);
  const isTls = await new Promise<boolean>((resolve) => {
    const socket = connect({
      host: hostname ?? '',
      port: Number(port ?? 80),
      // No secret follows the handshake.
      rejectUnauthorized: false,
    });
    const end = (answer: boolean) => {
      clearTimeout(limit);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(answer);
    };
    const abort = () => end(false);
    const limit = setTimeout(abort, limitMs);
    signal.addEventListener('abort', abort);
    socket.once('secureConnect', () => end(true));
    socket.on('error', () => end(false));
    socket.once('close', () => end(false));
  });
  signal.throwIfAborted();
  return isTls;
}
