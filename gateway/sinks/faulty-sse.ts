import type { ServerResponse } from 'node:http';

import { wireFaultOf, type WireFault, type WireFaultOf } from '../../proto/wire-fault.ts';
import { formatEvent, prologueOf, startSse, type SseForm } from './sse.ts';
import { startCut } from '../wire/cut.ts';
import { createEventFaults, type WireStep } from '../wire/event-faults.ts';
import type { UndecidedSink } from '../wire/late-faults.ts';
import { createLayout } from '../wire/layout.ts';
import { performance } from '../../proto/timers.ts';

/**
 * Turns a response into a stream with wire faults.
 * @param faults empty before the agent has requested any; then `strike` receives them
 * @param fromChar code points that the client has already read
 */
export function openFaultySse(
  response: ServerResponse,
  faults: readonly WireFault[],
  form: SseForm,
  fromChar: number,
): UndecidedSink {
  const type = wireFaultOf(faults, 'content-type');
  const isBuffered = wireFaultOf(faults, 'frames')?.how === 'buffered';
  let wire = createWire(response, faults, fromChar);
  let isCutting = false;

  const beginCut = (cut: WireFaultOf<'cut'>) => {
    isCutting = true;
    const { sinceMs, layout } = wire;
    const stop = startCut(cut, sinceMs, response.req.socket, layout.flush, () => response.end());
    response.once('close', stop);
  };

  const carryOut = (steps: readonly WireStep[]): boolean => {
    let mayContinue = true;
    for (const step of steps) {
      if (step.do === 'send') mayContinue = wire.layout.write(bytesOf(step, form, wire.lineEnd));
      else if (wire.cut !== undefined) beginCut(wire.cut);
    }
    return mayContinue;
  };

  startSse(response, type === undefined ? {} : { 'Content-Type': type.value });
  // A buffering proxy delays the headers too.
  if (!isBuffered) response.flushHeaders();
  const prologue = prologueOf(form);
  if (prologue !== '') wire.layout.write(Buffer.from(prologue));
  carryOut(wire.events.start());

  return {
    strike(lateFaults) {
      wire = createWire(response, lateFaults, fromChar);
      carryOut(wire.events.start());
    },
    send: (event) => isCutting || carryOut(wire.events.take(event)),
    onceDrained: (callback) => wire.layout.onceDrained(callback),
    end(flushed) {
      // The cut itself ends the stream; the response closes with it.
      if (!isCutting) wire.layout.flush(() => response.end(flushed));
    },
    destroy: () => response.destroy(),
  };
}

/** Creates the parts that apply the faults, from now on. */
function createWire(response: ServerResponse, faults: readonly WireFault[], fromChar: number) {
  return {
    layout: createLayout(response, wireFaultOf(faults, 'frames')),
    events: createEventFaults(faults, fromChar),
    cut: wireFaultOf(faults, 'cut'),
    lineEnd: wireFaultOf(faults, 'crlf') === undefined ? '\n' : '\r\n',
    sinceMs: performance.now(),
  };
}

/** Returns the bytes of an event: all of them, with truncated JSON, or the first half. */
function bytesOf(
  { event, as, chars }: Extract<WireStep, { do: 'send' }>,
  form: SseForm,
  lineEnd: string,
): Buffer {
  const formatted = formatEvent(event, form, chars);
  // Cut before the last field of the data.
  const text =
    as === 'malformed' ? `${formatted.slice(0, formatted.lastIndexOf(','))}\n\n` : formatted;
  const bytes = Buffer.from(text.replaceAll('\n', lineEnd));
  return as === 'half' ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes;
}
