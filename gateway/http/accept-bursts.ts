import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Sends each listening socket back as another handle of it. Node would listen in this process too, and
 * take connections for which nothing is here.
 */
const mirror = `
require('node:net').Server.prototype.listen = function (handle, taken) { this.given = handle; taken(); };
process.on('message', (message, server) => process.send(message, server.given));
process.on('disconnect', () => process.exit());
`;

/**
 * Has a server that listens take more than one new connection in a turn of the event loop.
 *
 * Node takes one a turn from each handle on which it listens, whatever waits (libuv since 1.45). Turns of
 * a busy gateway are some milliseconds long, and those who come at once wait for as many turns as there
 * are of them before anything is done for them. So the same socket is listened on several times over.
 *
 * A process gets another handle of what it has open from another process alone: one is started for that,
 * which ends at once. Until then, and where it can't be had, connections are taken one by one.
 *
 * @param handles how many on top of the server's own
 * @returns closes them; resolves once the last connection that came by them is over.
 */
export function acceptMore(server: Server, handles: number): () => Promise<void> {
  // Windows has several waiting by itself.
  if (handles === 0 || process.platform === 'win32') return () => Promise.resolve();

  const doors: Server[] = [];
  const child = startMirror(server, handles, (handle) => doors.push(openDoor(server, handle)));

  return async () => {
    child?.removeAllListeners('message');
    // As long as it is there the address is taken.
    if (child?.pid !== undefined && child.kill('SIGKILL')) await once(child, 'exit');
    const closed = doors.map((door) => {
      return new Promise<void>((resolve) => door.close(() => resolve()));
    });
    await Promise.all(closed);
  };
}

/** Undefined where no process may be started, for one reason or another. */
function startMirror(
  server: Server,
  handles: number,
  take: (handle: unknown) => void,
): ChildProcess | undefined {
  try {
    const child = spawn(process.execPath, ['-e', mirror], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // What is asked of this process, a debugger say, is none of its business.
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

/** Takes connections by that handle, for the server. */
function openDoor(server: Server, handle: unknown): Server {
  // As the HTTP server takes its own.
  const door = createServer({ allowHalfOpen: true, noDelay: true });
  door.on('connection', (socket) => server.emit('connection', socket));
  door.on('error', (error) => server.emit('error', error));
  door.listen(handle);
  return door;
}
