import type { ServerResponse } from 'node:http';

import type { WireFaultOf } from '../../proto/wire-fault.ts';
import { carrierOf } from './carrier.ts';
import { setImmediate } from '../../proto/timers.ts';

/** Writes events in a certain layout. */
export interface Layout {
  /** Takes the bytes of an event; returns false if the caller should wait for `onceDrained`. */
  write(bytes: Buffer): boolean;
  onceDrained(callback: () => void): void;
  /** Sends everything held back; calls back once the system has taken it. */
  flush(onFlushed: () => void): void;
}

/** Creates the layout of a fault; without one each event is written at once. */
export function createLayout(
  response: ServerResponse,
  fault: WireFaultOf<'frames'> | undefined,
): Layout {
  switch (fault?.how) {
    case undefined:
      return plainLayout(response);
    case 'torn':
      return tornLayout(response);
    case 'glued':
      return gluedLayout(response, fault.events ?? 1);
    case 'buffered':
      return gluedLayout(response, Number.POSITIVE_INFINITY);
  }
}

function plainLayout(response: ServerResponse): Layout {
  return {
    write: (bytes) => response.write(bytes),
    onceDrained: (callback) => response.once('drain', callback),
    flush: (onFlushed) => onceWritten(response, onFlushed),
  };
}

/** Writes one byte per turn of the event loop, so that bytes are not merged. */
function tornLayout(response: ServerResponse): Layout {
  let pendingBytes = Buffer.alloc(0);
  let isRunning = false;
  let onEmpty: (() => void)[] = [];

  const step = () => {
    if (response.destroyed) return;
    if (pendingBytes.length === 0) {
      isRunning = false;
      const callbacks = onEmpty;
      onEmpty = [];
      for (const callback of callbacks) callback();
      return;
    }
    const mayContinue = response.write(pendingBytes.subarray(0, 1));
    pendingBytes = pendingBytes.subarray(1);
    if (mayContinue) setImmediate(step);
    else response.once('drain', step);
  };

  return {
    write(bytes) {
      pendingBytes = Buffer.concat([pendingBytes, bytes]);
      if (!isRunning) {
        isRunning = true;
        setImmediate(step);
      }
      return false;
    },
    onceDrained: (callback) => onEmpty.push(callback),
    flush(onFlushed) {
      if (isRunning) onEmpty.push(() => onceWritten(response, onFlushed));
      else onceWritten(response, onFlushed);
    },
  };
}

/** Writes `events` events at a time; fewer only at the end. */
function gluedLayout(response: ServerResponse, events: number): Layout {
  let heldBack: Buffer[] = [];
  const writeAll = () => {
    const bytes = Buffer.concat(heldBack);
    heldBack = [];
    return bytes.length === 0 || response.write(bytes);
  };
  return {
    write(bytes) {
      heldBack.push(bytes);
      return heldBack.length < events || writeAll();
    },
    onceDrained: (callback) => response.once('drain', callback),
    flush(onFlushed) {
      writeAll();
      onceWritten(response, onFlushed);
    },
  };
}

/** Flushes the headers too, and calls back once the system has taken everything. */
function onceWritten(response: ServerResponse, callback: () => void): void {
  response.flushHeaders();
  carrierOf(response.req).flush(() => callback());
}
