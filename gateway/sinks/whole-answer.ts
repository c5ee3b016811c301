import type { ServerResponse } from 'node:http';

import { buildAnswer, type Answer } from '../../proto/dialects/answer.ts';
import type { ErrorBody } from '../../proto/stream-event.ts';
import { wireFaultOf, type WireFault } from '../../proto/wire-fault.ts';
import { carrierOf } from '../wire/carrier.ts';
import { startCut } from '../wire/cut.ts';
import { createEventFaults } from '../wire/event-faults.ts';
import type { UndecidedSink } from '../wire/late-faults.ts';
import { performance } from '../../proto/timers.ts';

/** A whole HTTP answer. */
interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  /** JSON, or a text. */
  body: unknown;
}

/** How a dialect answers in one piece. */
export interface WholeFormat {
  answer(answer: Answer): HttpAnswer;
  /** @param answer what was generated before the error */
  error(error: ErrorBody, answer: Answer): HttpAnswer;
}

/**
 * Collects a stream and answers with all of it in one piece.
 *
 * Of the faults of the wire those strike that have a meaning here: cuts, other content types, and events
 * that are missing, doubled, swapped or malformed.
 */
export function openWholeAnswer(
  response: ServerResponse,
  faults: readonly WireFault[],
  format: WholeFormat,
): UndecidedSink {
  const builder = buildAnswer();
  let struck = handsFor(faults);
  let error: ErrorBody | undefined;
  let isMalformed = false;
  let isCutting = false;

  const write = ({ status, headers, body }: HttpAnswer, done: () => void): void => {
    const json = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
    response.writeHead(status, {
      'Content-Type': struck.type ?? type,
      'Access-Control-Allow-Origin': '*',
      ...headers,
    });
    response.end(isMalformed ? json.slice(0, json.lastIndexOf(',')) : json, done);
  };

  const cut = (): void => {
    if (struck.cut === undefined) return;
    isCutting = true;
    const endWell = () => response.writeHead(200, { 'Content-Type': 'application/json' }).end();
    const stop = startCut(
      struck.cut,
      struck.sinceMs,
      carrierOf(response.req),
      (flushed) => flushed(),
      endWell,
    );
    response.once('close', stop);
  };

  return {
    strike(late) {
      struck = handsFor(late);
    },
    send(event) {
      if (isCutting) return true;
      for (const step of struck.events.take(event)) {
        if (step.do === 'cut') cut();
        else if (step.as !== 'whole') isMalformed = true;
        else if (step.event.event === 'message') builder.message(step.event.data);
        else if (step.event.event === 'error') error = step.event.data;
      }
      return true;
    },
    onceDrained() {
      // Never full: what is collected is bounded by the plan.
    },
    end(flushed) {
      if (isCutting) return;
      const answer = builder.answer();
      write(error === undefined ? format.answer(answer) : format.error(error, answer), flushed);
    },
    destroy: () => response.destroy(),
  };
}

/** What carries the faults out, from this moment on. */
function handsFor(faults: readonly WireFault[]) {
  return {
    cut: wireFaultOf(faults, 'cut'),
    type: wireFaultOf(faults, 'content-type')?.value,
    events: createEventFaults(faults, 0, { hasParts: true }),
    sinceMs: performance.now(),
  };
}
