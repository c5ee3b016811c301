import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

import type { TurnWriter } from './turn-writer.ts';
import { clearTimeout, setImmediate, setTimeout } from '../timers.ts';

/** Handles the bytes between a socket and its HTTP/2 session. */
export interface Passage {
  /** Receives the bytes of the socket; those for the session go to `deliver`. */
  incoming(bytes: Buffer): void;
  /** Receives complete frames of the session; those for the socket go to the writer. */
  outgoing(bytes: Buffer): void;
  /** Called once when the connection is closed. */
  closed?(): void;
}

/** Replaces the socket of an HTTP/2 session. */
export interface SessionConnection {
  connection: Duplex;
  /** Passes bytes of the peer to the session. */
  deliver(bytes: Buffer): void;
  /** Ends the connection after all written bytes, as required after a GOAWAY with an error. */
  finish(): void;
}

/** The socket pauses while more than this is buffered in either direction. */
const highWaterBytes = 65_536;

/** How long a peer may take to read the last frames and close its side. */
const lingerMs = 1000;

/**
 * Creates a duplex that replaces a socket, so that frames can bypass the HTTP/2 session.
 *
 * The session gets one piece at a time, and the next one only after everything that it has scheduled for the
 * piece has run, as with a socket of its own. Otherwise a stream could end before its `stream` event, and a
 * handler that responds at once would throw.
 *
 * @param out writes to the socket
 */
export function sessionConnection(
  socket: Socket,
  out: TurnWriter,
  { incoming, outgoing, closed }: Passage,
): SessionConnection {
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let isScheduled = false;
  let isResuming = false;
  let isOpen = false;
  let isOpening = false;
  let isFinishing = false;
  let isClosed = false;

  const connection = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      outgoing(bytes);
      afterDrain(done);
    },
    // All at once: no other frame may interrupt the parts of a header block.
    writev(chunks, done) {
      for (const { chunk } of chunks) outgoing(chunk);
      afterDrain(done);
    },
    final(done) {
      out.flush();
      socket.end(done);
    },
    destroy(error, done) {
      pieces = [];
      out.flush();
      closed?.();
      socket.off('data', incoming);
      if (isFinishing) linger(socket);
      else socket.destroy();
      done(error);
    },
  });

  /** Applies back-pressure to a session whose peer does not read. */
  const afterDrain = (done: () => void) => {
    if (socket.writableLength > highWaterBytes) socket.once('drain', done);
    else done();
  };

  const pushNext = () => {
    isScheduled = false;
    // A session that is writing does not read until `resume`.
    if (isResuming || isOpening) return;
    if (connection.destroyed || connection.readableLength > 0) return;
    const piece = pieces.shift();
    if (piece === undefined) {
      // In a turn of its own, after what the session has scheduled for the last piece.
      if (isClosed) setImmediate(() => connection.destroy());
      return;
    }
    pieceBytes -= piece.length;
    if (!isOpen) open();
    connection.push(piece);
    if (pieceBytes <= highWaterBytes && socket.isPaused()) socket.resume();
    schedule();
  };

  /** Never synchronously: DATA that arrives within a write of the session crashes Node. */
  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    process.nextTick(pushNext);
  };

  /**
   * The first piece tells the session's owner that there is a connection. It gets a turn to react: a grpc-js
   * client that sees the end before it has started keeps calling on a dead session forever.
   */
  const open = () => {
    isOpen = true;
    isOpening = true;
    setImmediate(() => {
      isOpening = false;
      schedule();
    });
  };

  /** The session reads the buffered piece after `resume`; two ticks later all its callbacks have run. */
  const settle = () => {
    isResuming = true;
    process.nextTick(process.nextTick, () => {
      isResuming = false;
      schedule();
    });
  };

  socket.setNoDelay(true);
  socket.on('data', incoming);
  // Not on `end`: the session still writes its last bytes until `close`, and its write after a shutdown of
  // the JSStreamSocket crashes Node.
  socket.once('error', (error) => connection.destroy(error));
  socket.once('close', () => {
    // The session still gets what came before the end, such as the status of a stream.
    isClosed = true;
    const timer = setTimeout(() => connection.destroy(), lingerMs);
    connection.once('close', () => clearTimeout(timer));
    schedule();
  });
  connection.on('resume', settle);
  // The socket may fail before the session exists, or after it is closed.
  connection.on('error', () => {});

  return {
    connection,
    deliver(bytes) {
      pieces.push(bytes);
      pieceBytes += bytes.length;
      if (pieceBytes > highWaterBytes) socket.pause();
      schedule();
    },
    finish() {
      isFinishing = true;
      setImmediate(() => connection.destroy());
    },
  };
}

/** Closes a socket after its peer has read everything; unread incoming bytes would cause a reset. */
function linger(socket: Socket): void {
  socket.resume();
  socket.end();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}
