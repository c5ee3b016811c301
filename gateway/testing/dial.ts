import { connect, type Socket } from 'node:net';

/** Opens a connection on which a test sends what it likes; a reset of it is no failure of the test. */
export function dial(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.on('error', reject);
  });
}
