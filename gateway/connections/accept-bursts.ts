import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

import { waitingConnections } from '../../proto/listen.ts';

/**
 * Sends each listening socket back as another handle. `listen` is replaced, because Node would also listen in
 * this process and accept connections here.
 */
const mirror = `
require('node:net').Server.prototype.listen = function (handle, taken) { this.given = handle; taken(); };
process.on('message', (message, server) => process.send(message, server.given));
process.on('disconnect', () => process.exit());
`;

/**
 * Makes a listening server accept several new connections in one turn of the event loop.
 *
 * Node accepts one connection per turn and listening handle (libuv since 1.45). A turn of a busy gateway takes
 * some milliseconds, so in a burst of connections the last one waits for as many turns as there are connections.
 * Therefore the same socket gets several handles.
 *
 * A process can get another handle of its socket only from another process, so a short-lived one is started.
 * Until then, or if it cannot be started, connections are accepted one per turn.
 *
 * @param handles the number of additional handles
 * @returns a function that closes them; it resolves after the last connection through them has ended
 */
export function acceptMore(server: Server, handles: number): () => Promise<void> {
  // On Windows several accepts are pending by default.
  if (handles === 0 || process.platform === 'win32') return () => Promise.resolve();

  const listeners: Server[] = [];
  const child = startMirror(server, handles, (handle) =>
    listeners.push(listenOnHandle(server, handle)),
  );

  return async () => {
    child?.removeAllListeners('message');
    // While it runs, the address stays in use.
    if (child?.pid !== undefined && child.kill('SIGKILL')) await once(child, 'exit');
    const closed = listeners.map((listener) => {
      return new Promise<void>((resolve) => listener.close(() => resolve()));
    });
    await Promise.all(closed);
  };
}

/** Returns undefined if no process can be started. */
function startMirror(
  server: Server,
  handles: number,
  take: (handle: unknown) => void,
): ChildProcess | undefined {
  try {
    const child = spawn(process.execPath, ['-e', mirror], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // Options such as a debugger are not meant for the child.
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    child.on('error', () => {});
    child.on('message', (number, handle) => {
      take(handle);
      if (number === handles) child.disconnect();
    });
    for (let number = 1; number <= handles; number += 1) child.send(number, server, () => {});
    child.unref();
    return child;
  } catch {
    return undefined;
  }
}

/** Accepts connections through a handle, for the server. */
function listenOnHandle(server: Server, handle: unknown): Server {
  // The same options as those of Node's HTTP server.
  const listener = createServer({ allowHalfOpen: true, noDelay: true });
  listener.on('connection', (socket) => server.emit('connection', socket));
  listener.on('error', (error) => server.emit('error', error));
  // Each call sets the socket's backlog anew.
  listener.listen(handle, waitingConnections);
  return listener;
}
