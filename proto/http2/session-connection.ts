import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

import type { TurnWriter } from './turn-writer.ts';
import { clearTimeout, setImmediate, setTimeout } from '../timers.ts';

/** Handles the bytes between a socket and the HTTP/2 session behind it. */
export interface Passage {
  /** Receives the bytes of the socket; what the session should see goes on to `deliver`. */
  incoming(bytes: Buffer): void;
  /** Receives whole frames of the session; what the socket should send goes to the writer. */
  outgoing(bytes: Buffer): void;
  /** Called once when the connection is over. */
  closed?(): void;
}

/** A stand-in for a socket before an HTTP/2 session. */
export interface SessionConnection {
  connection: Duplex;
  /** Hands the session a piece of what its peer sent. */
  deliver(bytes: Buffer): void;
  /** Ends the connection once what was written has left, as after a GOAWAY with an error. */
  finish(): void;
}

/** The socket waits while more than this is on its way in either direction. */
const highWaterBytes = 65_536;

/** How long a peer may take to read the last frames and to close its side. */
const lingerMs = 1000;

/**
 * Creates a stand-in for a socket, which lets frames pass beside the HTTP/2 session.
 *
 * The session gets one piece at a time, and the next one only after everything that it scheduled for the
 * piece has run, as with a socket of its own. Otherwise a stream could end before its `stream` event,
 * and a handler that answers at once would throw.
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

  const connection = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      outgoing(bytes);
      afterDrain(done);
    },
    // In one go: no frame of ours may come between the parts of a header block.
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

  /** A session whose peer reads nothing has to stop answering it. */
  const afterDrain = (done: () => void) => {
    if (socket.writableLength > highWaterBytes) socket.once('drain', done);
    else done();
  };

  const handOver = () => {
    isScheduled = false;
    // A session that is writing reads nothing: `resume` says when it goes on.
    if (isResuming || isOpening) return;
    if (connection.destroyed || connection.readableLength > 0) return;
    const piece = pieces.shift();
    if (piece === undefined) return;
    pieceBytes -= piece.length;
    if (!isOpen) open();
    connection.push(piece);
    if (pieceBytes <= highWaterBytes && socket.isPaused()) socket.resume();
    schedule();
  };

  /** Never at once: a session that gets DATA within a write of its own brings Node down. */
  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    process.nextTick(handOver);
  };

  /**
   * The first piece tells the session's owner that there is a connection. It gets a turn to act on it: a
   * grpc-js client that learns of the end before it has begun calls on a dead session forever.
   */
  const open = () => {
    isOpen = true;
    isOpening = true;
    setImmediate(() => {
      isOpening = false;
      schedule();
    });
  };

  /** The waiting piece is read after `resume`; two ticks later, what it has caused has run. */
  const settle = () => {
    isResuming = true;
    process.nextTick(process.nextTick, () => {
      isResuming = false;
      schedule();
    });
  };

  socket.setNoDelay(true);
  socket.on('data', incoming);
  // Not at `end`: until `close` the session's last bytes are written, and a session that sees the end
  // brings Node down with a write of its own (its JSStreamSocket takes none after a shutdown).
  socket.once('error', (error) => connection.destroy(error));
  socket.once('close', () => connection.destroy());
  connection.on('resume', settle);
  // A socket may fail before there is a session, or after it has let go.
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

/** Closes a socket so that its peer gets what was written: unread bytes would reset the connection. */
function linger(socket: Socket): void {
  socket.resume();
  socket.end();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}
