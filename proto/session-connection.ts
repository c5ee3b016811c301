import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

import type { TurnWriter } from './turn-writer.ts';

/** What becomes of the bytes between a socket and the HTTP/2 session behind it. */
export interface Passage {
  /** Takes what the socket brings, and pushes into the connection what the session is to see. */
  incoming(bytes: Buffer): void;
  /** Takes what the session writes, and gives the writer what the socket is to send. */
  outgoing(bytes: Buffer): void;
  /** Nothing comes or goes any more. */
  closed?(): void;
}

/**
 * Stands in for a socket before an HTTP/2 session, where frames of ours pass beside the session's.
 * @param out writes to the socket
 */
export function sessionConnection(
  socket: Socket,
  out: TurnWriter,
  { incoming, outgoing, closed }: Passage,
): Duplex {
  const connection = new Duplex({
    // Whatever the session is given is small: its own flow control is for DATA, which passes it by.
    read() {},
    // At once: a frame of ours must not come between the parts of one of the session's.
    write(bytes: Buffer, _encoding, done) {
      outgoing(bytes);
      done();
    },
    final(done) {
      out.flush();
      socket.end(done);
    },
    destroy(error, done) {
      out.flush();
      closed?.();
      socket.destroy();
      done(error);
    },
  });
  socket.setNoDelay(true);
  socket.on('data', incoming);
  // Not at its end already: until then what waits is written, and a session that was told of the end
  // would bring Node down with a write of its own (its JSStreamSocket takes none after a shutdown).
  socket.once('error', (error) => connection.destroy(error));
  socket.once('close', () => connection.destroy());
  return connection;
}
