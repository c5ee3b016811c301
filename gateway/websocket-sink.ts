import type { Socket } from 'node:net';

import type { WebSocket } from 'ws';

import type { StreamEvent } from '../proto/stream-event.ts';
import { wireFaultOf, type WireFault, type WireFaultOf } from '../proto/wire-fault.ts';
import type { EventSink } from './stream.ts';
import { createEventFaults, type WireStep } from './wire/event-faults.ts';
import { startCut } from './wire/cut.ts';

/** So many bytes may wait for a client before the stream is held up: what Node's sockets have. */
const mostWaitingBytes = 65_536;

/** How long a client may take to answer our goodbye. */
const goodbyeMs = 2000;

/**
 * Sends events over a WebSocket, one JSON text message each.
 *
 * Of the faults of the wire those strike that have a meaning here: cuts, those of single events, and
 * missing pings. How messages lie in frames is WebSocket's own.
 */
export function openWebSocketSink(
  webSocket: WebSocket,
  socket: Socket,
  faults: readonly WireFault[],
): EventSink {
  const cut = wireFaultOf(faults, 'cut');
  const events = createEventFaults(faults, 0);
  const openedMs = performance.now();
  let drained: (() => void) | undefined;
  let cutting = false;
  let closeCode = 1000;
  let answered = true;

  const write = (text: string, fin = true) => {
    webSocket.send(text, { fin }, () => {
      if (webSocket.bufferedAmount < mostWaitingBytes) drained?.();
    });
  };

  /** Over the network a connection can be dead for long without a sign; a pong is one of life. */
  const checkLife = () => {
    if (!answered) {
      webSocket.terminate();
      return;
    }
    answered = false;
    webSocket.ping();
  };
  webSocket.on('pong', () => {
    answered = true;
  });

  const beginCut = (how: WireFaultOf<'cut'>) => {
    cutting = true;
    const end = () => webSocket.close(1000);
    const stop = startCut(how, openedMs, socket, (done) => done(), end);
    webSocket.once('close', stop);
  };

  const carryOut = (steps: readonly WireStep[]) => {
    for (const step of steps) {
      if (step.do === 'send') send(step);
      else if (cut !== undefined) beginCut(cut);
    }
  };

  const send = ({ event, as }: Extract<WireStep, { do: 'send' }>) => {
    const text = formatMessage(event);
    if (event.event === 'ping') checkLife();
    if (event.event === 'error') closeCode = 1011;
    if (as === 'whole') write(text);
    else if (as === 'malformed') write(text.slice(0, text.lastIndexOf(',')));
    // A first fragment, of which the rest never comes.
    else write(text.slice(0, text.length / 2), false);
  };

  carryOut(events.start());
  return {
    send(event) {
      if (!cutting) carryOut(events.take(event));
      return webSocket.bufferedAmount < mostWaitingBytes;
    },
    onceDrained(callback) {
      drained = () => {
        drained = undefined;
        callback();
      };
    },
    end(flushed) {
      // Before whoever takes a close for a client that left: this one is the end that we said.
      webSocket.prependOnceListener('close', flushed);
      if (cutting) return;
      webSocket.close(closeCode);
      const timer = setTimeout(() => webSocket.terminate(), goodbyeMs);
      webSocket.once('close', () => clearTimeout(timer));
    },
    destroy: () => webSocket.terminate(),
  };
}

function formatMessage({ event, data }: StreamEvent): string {
  return JSON.stringify({ event, data });
}
