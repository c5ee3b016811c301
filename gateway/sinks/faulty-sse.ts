import type { ServerResponse } from 'node:http';

import { wireFaultOf, type WireFault, type WireFaultOf } from '../../proto/wire-fault.ts';
import { startSse, type SseFormat } from './sse.ts';
import { createStepWriter } from './step-writer.ts';
import { carrierOf } from '../wire/carrier.ts';
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
  format: SseFormat,
  fromChar: number,
): UndecidedSink {
  const type = wireFaultOf(faults, 'content-type');
  const isBuffered = wireFaultOf(faults, 'frames')?.how === 'buffered';
  let wire = createWire(response, faults, format, fromChar);
  let isCutting = false;

  const beginCut = (cut: WireFaultOf<'cut'>) => {
    isCutting = true;
    const { sinceMs, layout } = wire;
    const stop = startCut(cut, sinceMs, carrierOf(response.req), layout.flush, () =>
      response.end(),
    );
    response.once('close', stop);
  };

  /** An event may have no bytes in the stream's format. */
  const write = (bytes: Buffer): boolean => bytes.length === 0 || wire.layout.write(bytes);

  const carryOut = (steps: readonly WireStep[]): boolean => {
    let mayContinue = true;
    for (const step of steps) {
      if (step.do === 'send') mayContinue = write(wire.writer.write(step)) && mayContinue;
      else if (wire.cut !== undefined) beginCut(wire.cut);
    }
    return mayContinue;
  };

  startSse(response, {
    ...format.headers,
    ...(type === undefined ? {} : { 'Content-Type': type.value }),
  });
  // A buffering proxy delays the headers too.
  if (!isBuffered) response.flushHeaders();
  write(wire.writer.start());
  carryOut(wire.events.start());

  return {
    strike(late) {
      wire = createWire(response, late, format, fromChar);
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
function createWire(
  response: ServerResponse,
  faults: readonly WireFault[],
  format: SseFormat,
  fromChar: number,
) {
  return {
    layout: createLayout(response, wireFaultOf(faults, 'frames')),
    events: createEventFaults(faults, fromChar, format),
    cut: wireFaultOf(faults, 'cut'),
    writer: createStepWriter(faults, format),
    sinceMs: performance.now(),
  };
}
