import type { ServerResponse } from 'node:http';

import { wireFaultOf, type WireFault, type WireFaultOf } from '../../proto/wire-fault.ts';
import { formatEvent, prologueOf, startSse, type SseForm } from '../sse.ts';
import type { EventSink } from '../stream.ts';
import { startCut } from './cut.ts';
import { createEventFaults, type WireStep } from './event-faults.ts';
import { createLayout } from './layout.ts';

/**
 * Turns a response into a stream that goes wrong on its way, as the agent asked.
 * @param fromChar code points that the client has read before
 */
export function openFaultySse(
  response: ServerResponse,
  faults: readonly WireFault[],
  form: SseForm,
  fromChar: number,
): EventSink {
  const frames = wireFaultOf(faults, 'frames');
  const type = wireFaultOf(faults, 'content-type');
  const cut = wireFaultOf(faults, 'cut');
  const lineEnd = wireFaultOf(faults, 'crlf') === undefined ? '\n' : '\r\n';
  const layout = createLayout(response, frames);
  const events = createEventFaults(faults, fromChar);
  const openedMs = performance.now();
  let cutting = false;

  const beginCut = (how: WireFaultOf<'cut'>) => {
    cutting = true;
    const stop = startCut(how, openedMs, response.req.socket, layout.flush, () => response.end());
    response.once('close', stop);
  };

  const carryOut = (steps: readonly WireStep[]): boolean => {
    let goesOn = true;
    for (const step of steps) {
      if (step.do === 'send') goesOn = layout.write(bytesOf(step, form, lineEnd));
      else if (cut !== undefined) beginCut(cut);
    }
    return goesOn;
  };

  startSse(response, type === undefined ? {} : { 'Content-Type': type.value });
  // A proxy that buffers has its headers wait as well.
  if (frames?.how !== 'buffered') response.flushHeaders();
  const prologue = prologueOf(form);
  if (prologue !== '') layout.write(Buffer.from(prologue));
  carryOut(events.start());

  return {
    send: (event) => cutting || carryOut(events.take(event)),
    onceDrained: layout.onceDrained,
    end(flushed) {
      // What ends a stream that is being cut is the cut: the response closes with it.
      if (!cutting) layout.flush(() => response.end(flushed));
    },
    destroy: () => response.destroy(),
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
