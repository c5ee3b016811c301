import type { ServerResponse } from 'node:http';

import { wireFaultOf, type WireFault, type WireFaultOf } from '../../proto/wire-fault.ts';
import { formatEvent, prologueOf, startSse, type SseForm } from './sse.ts';
import { startCut } from '../wire/cut.ts';
import { createEventFaults, type WireStep } from '../wire/event-faults.ts';
import type { UndecidedSink } from '../wire/late-faults.ts';
import { createLayout } from '../wire/layout.ts';
import { performance } from '../../proto/timers.ts';

/**
 * Turns a response into a stream that goes wrong on its way, as the agent asked.
 * @param faults empty where the agent has not spoken yet: `strike` takes them then
 * @param fromChar code points that the client has read before
 */
export function openFaultySse(
  response: ServerResponse,
  faults: readonly WireFault[],
  form: SseForm,
  fromChar: number,
): UndecidedSink {
  const type = wireFaultOf(faults, 'content-type');
  const isBuffered = wireFaultOf(faults, 'frames')?.how === 'buffered';
  let hands = handsFor(response, faults, fromChar);
  let cutting = false;

  const beginCut = (how: WireFaultOf<'cut'>) => {
    cutting = true;
    const { sinceMs, layout } = hands;
    const stop = startCut(how, sinceMs, response.req.socket, layout.flush, () => response.end());
    response.once('close', stop);
  };

  const carryOut = (steps: readonly WireStep[]): boolean => {
    let goesOn = true;
    for (const step of steps) {
      if (step.do === 'send') goesOn = hands.layout.write(bytesOf(step, form, hands.lineEnd));
      else if (hands.cut !== undefined) beginCut(hands.cut);
    }
    return goesOn;
  };

  startSse(response, type === undefined ? {} : { 'Content-Type': type.value });
  // A proxy that buffers has its headers wait as well.
  if (!isBuffered) response.flushHeaders();
  const prologue = prologueOf(form);
  if (prologue !== '') hands.layout.write(Buffer.from(prologue));
  carryOut(hands.events.start());

  return {
    strike(late) {
      hands = handsFor(response, late, fromChar);
      carryOut(hands.events.start());
    },
    send: (event) => cutting || carryOut(hands.events.take(event)),
    onceDrained: (callback) => hands.layout.onceDrained(callback),
    end(flushed) {
      // What ends a stream that is being cut is the cut: the response closes with it.
      if (!cutting) hands.layout.flush(() => response.end(flushed));
    },
    destroy: () => response.destroy(),
  };
}

/** What carries the faults out, from this moment on. */
function handsFor(response: ServerResponse, faults: readonly WireFault[], fromChar: number) {
  return {
    layout: createLayout(response, wireFaultOf(faults, 'frames')),
    events: createEventFaults(faults, fromChar),
    cut: wireFaultOf(faults, 'cut'),
    lineEnd: wireFaultOf(faults, 'crlf') === undefined ? '\n' : '\r\n',
    sinceMs: performance.now(),
  };
}

/** An event's bytes: all of them, those of one whose JSON breaks off, or the first half of them. */
function bytesOf(
  { event, as, chars }: Extract<WireStep, { do: 'send' }>,
  form: SseForm,
  lineEnd: string,
): Buffer {
  const whole = formatEvent(event, form, chars);
  // Before the last field of the data: what is left has no end.
  const text = as === 'malformed' ? `${whole.slice(0, whole.lastIndexOf(','))}\n\n` : whole;
  const bytes = Buffer.from(text.replaceAll('\n', lineEnd));
  return as === 'half' ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes;
}
