import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** What an offer of another protocol consists of. */
const offers = new Set(['upgrade', 'http2-settings', 'connection']);

/**
 * Has a server answer a request as if it had not offered another protocol: that is for the server to
 * ignore (RFC 9110, 7.8), and Java's client does it with every first request. Node hands over any
 * request with such an offer once somebody listens for them, its body unread.
 */
export function readAgain(
  server: Server,
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!offers.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  socket.removeAllListeners('error');
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
