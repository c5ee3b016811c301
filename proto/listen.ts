import { statSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { connect, type ListenOptions, type Server } from 'node:net';

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
export async function listenOn(server: Server, host: string, port: number): Promise<number> {
  await listenAt(server, { port, host });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

/**
 * Makes a server listen at a Unix socket. Replaces the file of a socket at which nobody listens, such as that
 * of a process that was killed.
 * @throws the system's Error if the socket cannot be bound, with a `code` such as `EADDRINUSE`
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  try {
    await listenAt(server, { path });
  } catch (error) {
    if (!isSystemError(error, 'EADDRINUSE') || !(await isAbandoned(path))) throw error;
    await unlink(path);
    await listenAt(server, { path });
  }
}

function listenAt(server: Server, address: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...address, backlog: waitingConnections }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Whether a path is a socket that refuses connections; false for any other file. */
function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => {
      const isSocket = statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
      resolve(isSocket && isSystemError(error, 'ECONNREFUSED'));
    });
  });
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Formats an address as in a URL, with IPv6 in brackets. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
