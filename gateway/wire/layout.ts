import type { ServerResponse } from 'node:http';

import type { WireFaultOf } from '../../proto/wire-fault.ts';
import { setImmediate } from '../../proto/timers.ts';

/** How events lie on the wire. */
export interface Layout {
  /** Takes an event's bytes; false means that no more should come before `onceDrained` calls back. */
  write(bytes: Buffer): boolean;
  onceDrained(callback: () => void): void;
  /** Lets everything out that is held back; calls back once it was handed to the system. */
  flush(flushed: () => void): void;
}

/** Each event as it comes, where no fault says otherwise. */
export function createLayout(
  response: ServerResponse,
  fault: WireFaultOf<'frames'> | undefined,
): Layout {
  switch (fault?.how) {
    case undefined:
      return asItComes(response);
    case 'torn':
      return torn(response);
    case 'glued':
      return inOnePiece(response, fault.events ?? 1);
    case 'buffered':
      return inOnePiece(response, Number.POSITIVE_INFINITY);
  }
}

function asItComes(response: ServerResponse): Layout {
  return {
    write: (bytes) => response.write(bytes),
    onceDrained: (callback) => response.once('drain', callback),
    flush: (flushed) => whenWritten(response, flushed),
  };
}

/** One byte at a time, each in a turn of its own, so that none is merged with the next. */
function torn(response: ServerResponse): Layout {
  let waiting = Buffer.alloc(0);
  let running = false;
  let onceEmpty: (() => void)[] = [];

  const step = () => {
    if (response.destroyed) return;
    if (waiting.length === 0) {
      running = false;
      const callbacks = onceEmpty;
      onceEmpty = [];
      for (const callback of callbacks) callback();
      return;
    }
    const goesOn = response.write(waiting.subarray(0, 1));
    waiting = waiting.subarray(1);
    if (goesOn) setImmediate(step);
    else response.once('drain', step);
  };

  return {
    write(bytes) {
      waiting = Buffer.concat([waiting, bytes]);
      if (!running) {
        running = true;
        setImmediate(step);
      }
      return false;
    },
    onceDrained: (callback) => onceEmpty.push(callback),
    flush(flushed) {
      if (running) onceEmpty.push(() => whenWritten(response, flushed));
      else whenWritten(response, flushed);
    },
  };
}

/** So many events in one write; fewer only at the end. */
function inOnePiece(response: ServerResponse, events: number): Layout {
  let held: Buffer[] = [];
  const letOut = () => {
    const bytes = Buffer.concat(held);
    held = [];
    return bytes.length === 0 || response.write(bytes);
  };
  return {
    write(bytes) {
      held.push(bytes);
      return held.length < events || letOut();
    },
    onceDrained: (callback) => response.once('drain', callback),
    flush(flushed) {
      letOut();
      whenWritten(response, flushed);
    },
  };
}

/** The headers may still wait for a first byte, and the socket for the end of this turn. */
function whenWritten(response: ServerResponse, written: () => void): void {
  response.flushHeaders();
  response.req.socket.write('', () => written());
}
