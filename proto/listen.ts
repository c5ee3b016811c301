import type { Server } from 'node:net';

/**
 * Makes a TCP or HTTP server listen; resolves with its port.
 * @param port 0 for a free one
 * @throws the system's Error if the address cannot be bound, with a `code` such as `EADDRINUSE`
 */
export function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
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
