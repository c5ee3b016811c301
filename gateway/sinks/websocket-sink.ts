import type { Socket } from 'node:net';

import type { WebSocket } from 'ws';

import type { StreamEvent } from '../../proto/stream-event.ts';
import { wireFaultOf, type WireFault, type WireFaultOf } from '../../proto/wire-fault.ts';
import { createEventFaults, type WireStep } from '../wire/event-faults.ts';
import { startCut } from '../wire/cut.ts';
import type { UndecidedSink } from '../wire/late-faults.ts';
import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

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
): UndecidedSink {
  let hands = handsFor(faults);
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
    const stop = startCut(how, hands.sinceMs, socket, (done) => done(), end);
    webSocket.once('close', stop);
  };

  const carryOut = (steps: readonly WireStep[]) => {
    for (const step of steps) {
      if (step.do === 'send') send(step);
      else if (hands.cut !== undefined) beginCut(hands.cut);
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

  carryOut(hands.events.start());
  return {
    strike(late) {
      hands = handsFor(late);
      carryOut(hands.events.start());
    },
    send(event) {
      if (!cutting) carryOut(hands.events.take(event));
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

/** What carries the faults out, from this moment on. */
function handsFor(faults: readonly WireFault[]) {
  return {
    cut: wireFaultOf(faults, 'cut'),
    events: createEventFaults(faults, 0),
    sinceMs: performance.now(),
  };
}

function formatMessage({ event, data }: StreamEvent): string {
  return JSON.stringify({ event, data });
}
