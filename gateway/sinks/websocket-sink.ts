import type { WebSocket } from 'ws';

import type { StreamEvent } from '../../proto/stream-event.ts';
import { wireFaultOf, type WireFault, type WireFaultOf } from '../../proto/wire-fault.ts';
import { createEventFaults, type WireStep } from '../wire/event-faults.ts';
import type { Carrier } from '../wire/carrier.ts';
import { startCut } from '../wire/cut.ts';
import type { UndecidedSink } from '../wire/late-faults.ts';
import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

/** The high-water mark of a client's buffer, the same as that of HTTP sockets. */
const highWaterBytes = 65_536;

/** How long a client may take to answer the close frame. */
const closeTimeoutMs = 2000;

/**
 * Sends events over a WebSocket, each as one JSON text message.
 *
 * Only wire faults with a meaning here strike: cuts, faults of single events, and missing pings. The layout of
 * frames belongs to the WebSocket protocol.
 */
export function openWebSocketSink(
  webSocket: WebSocket,
  carrier: Carrier,
  faults: readonly WireFault[],
): UndecidedSink {
  let wire = createWire(faults);
  let onDrain: (() => void) | undefined;
  let isCutting = false;
  let closeCode = 1000;
  let hasPong = true;

  const write = (text: string, fin = true) => {
    webSocket.send(text, { fin }, () => {
      if (webSocket.bufferedAmount < highWaterBytes) onDrain?.();
    });
  };

  /** Ends a dead connection, which otherwise can stay undetected for long, if the last ping has no pong. */
  const checkAlive = () => {
    if (!hasPong) {
      webSocket.terminate();
      return;
    }
    hasPong = false;
    webSocket.ping();
  };
  webSocket.on('pong', () => {
    hasPong = true;
  });

  const beginCut = (cut: WireFaultOf<'cut'>) => {
    isCutting = true;
    const end = () => webSocket.close(1000);
    const stop = startCut(cut, wire.sinceMs, carrier, (done) => done(), end);
    webSocket.once('close', stop);
  };

  const carryOut = (steps: readonly WireStep[]) => {
    for (const step of steps) {
      if (step.do === 'send') send(step);
      else if (wire.cut !== undefined) beginCut(wire.cut);
    }
  };

  const send = ({ event, as }: Extract<WireStep, { do: 'send' }>) => {
    const text = formatMessage(event);
    if (event.event === 'ping') checkAlive();
    if (event.event === 'error') closeCode = 1011;
    if (as === 'whole') write(text);
    else if (as === 'malformed') write(text.slice(0, text.lastIndexOf(',')));
    // A first fragment whose continuation never follows.
    else write(text.slice(0, text.length / 2), false);
  };

  carryOut(wire.events.start());
  return {
    strike(lateFaults) {
      wire = createWire(lateFaults);
      carryOut(wire.events.start());
    },
    send(event) {
      if (!isCutting) carryOut(wire.events.take(event));
      return webSocket.bufferedAmount < highWaterBytes;
    },
    onceDrained(callback) {
      onDrain = () => {
        onDrain = undefined;
        callback();
      };
    },
    end(flushed) {
      // Before the listener that treats a close as a client that left.
      webSocket.prependOnceListener('close', flushed);
      if (isCutting) return;
      webSocket.close(closeCode);
      const timer = setTimeout(() => webSocket.terminate(), closeTimeoutMs);
      webSocket.once('close', () => clearTimeout(timer));
    },
    destroy: () => webSocket.terminate(),
  };
}

/** Creates the parts that apply the faults, from now on. */
function createWire(faults: readonly WireFault[]) {
  return {
    cut: wireFaultOf(faults, 'cut'),
    events: createEventFaults(faults, 0, { hasParts: false }),
    sinceMs: performance.now(),
  };
}

function formatMessage({ event, data }: StreamEvent): string {
  return JSON.stringify({ event, data });
}
