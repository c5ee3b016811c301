import type { Server } from 'node:net';

/**
 * How many connections may wait until a server accepts them; the system may allow fewer. With more at once, their
 * clients try again after a second, and with Node's own 511 that was a part of each start of 1000 streams.
 */
export const waitingConnections = 4096;

/**
 * Makes a TCP or HTTP server listen; resolves with its port.
 * @param port 0 for a free one
 * @throws the system's Error if the address cannot be bound, with a `code` such as `EADDRINUSE`
 */
export function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: waitingConnections }, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
      else resolve(address.port);
    });
  });
}

/** Formats an address as in a URL, with IPv6 in brackets. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
