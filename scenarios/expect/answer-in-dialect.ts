import { status as grpcStatus } from '@grpc/grpc-js';

import { errorBody, errorOfGrpcStatus, GatewayError } from '../../gateway/errors.ts';
import { dialectErrorAnswer } from '../../gateway/http/dialect-errors.ts';
import { identifyOnce } from '../../gateway/http/stream-identity.ts';
import { dialectFormat } from '../../gateway/sinks/dialect-format.ts';
import { createStepWriter } from '../../gateway/sinks/step-writer.ts';
import { errorInPlace } from '../../gateway/wire/error-in-place.ts';
import { createEventFaults } from '../../gateway/wire/event-faults.ts';
import { describePlan as metadataOf } from '../../mock-agent/grpc/call.ts';
import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import type { Dialect } from '../../proto/dialects/dialect.ts';
import type { StreamEvent } from '../../proto/stream-event.ts';
import { quirksOf, wireFaultOf } from '../../proto/wire-fault.ts';

/** The bytes that the gateway writes at one time, as UTF-8. */
export interface PlannedBytes {
  /** In milliseconds after the request. */
  atMs: number;
  text: string;
}

/** The answer of the gateway to a planned stream. */
export interface PlannedAnswer {
  /** The HTTP status. */
  status: number;
  body: PlannedBytes[];
}

/**
 * Returns the answer that the gateway gives in a dialect, byte for byte, with its planned times. Pings depend
 * on the clock and are left out, and so are the words in which a lost connection to the agent is reported.
 * @param requestBody the JSON body of the request
 */
export function answerInDialect(
  plan: StreamPlan,
  dialect: Dialect,
  requestBody: Record<string, unknown>,
): PlannedAnswer {
  const error = errorBefore(plan);
  if (error !== undefined) {
    const identity = identifyOnce(plan.model)({ metadata: metadataOf(plan) });
    const { body } = dialectErrorAnswer(dialect, error, identity);
    const text = error.page ?? (typeof body === 'string' ? body : JSON.stringify(body));
    const atMs = plan.acceptAtMs ?? plan.end.atMs;
    return { status: error.httpStatus, body: [{ atMs, text }] };
  }
  return { status: 200, body: streamOf(plan, dialect, requestBody) };
}

/** Returns the error in place of a stream; undefined where a stream comes. */
function errorBefore({ acceptAtMs, end, wire }: StreamPlan): GatewayError | undefined {
  const status = wireFaultOf(wire, 'status');
  if (acceptAtMs !== null) return status && errorInPlace(status);
  return errorOfEnd(end);
}

function streamOf(
  plan: StreamPlan,
  dialect: Dialect,
  requestBody: Record<string, unknown>,
): PlannedBytes[] {
  const { acceptAtMs, model, wire } = plan;
  const request = dialect.readRequest(requestBody);
  const identity = identifyOnce(model)({ metadata: metadataOf(plan) });
  const quirks = quirksOf(wire);
  const format = dialectFormat(
    {},
    () => true,
    () => request.encoder(identity, { quirks }),
  );
  const writer = createStepWriter(wire, format);
  const faults = createEventFaults(wire, 0, format);
  const body: PlannedBytes[] = [];
  let isCut = false;
  const write = (atMs: number, text: string) => {
    if (text !== '') body.push({ atMs, text });
  };
  const carryOut = (atMs: number, steps: ReturnType<typeof faults.start>) => {
    const texts = steps.map((step) => {
      isCut ||= step.do === 'cut';
      return step.do === 'cut' ? '' : writer.write(step).toString();
    });
    write(atMs, texts.join(''));
  };
  write(acceptAtMs ?? 0, writer.start().toString());
  carryOut(acceptAtMs ?? 0, faults.start());
  for (const { atMs, event } of eventsOf(plan)) {
    if (isCut) break;
    carryOut(atMs, faults.take(event));
  }
  return body;
}

/** Yields the events of the stream until its end. */
function* eventsOf({ chunks, end }: StreamPlan): Generator<{ atMs: number; event: StreamEvent }> {
  for (const { atMs, delta, isFinal, parts, error } of chunks) {
    if (error !== undefined && delta === '') break;
    yield { atMs, event: { event: 'message', data: { delta, isFinal, parts } } };
    if (isFinal) return;
  }
  const error = errorOfEnd(end);
  if (error !== undefined) {
    yield { atMs: end.atMs, event: { event: 'error', data: errorBody(error) } };
  } else if (end.kind !== 'silence') {
    yield { atMs: end.atMs, event: { event: 'message', data: { delta: '', isFinal: true } } };
  }
}

function errorOfEnd(end: StreamPlan['end']): GatewayError | undefined {
  switch (end.kind) {
    case 'status':
      return errorOfGrpcStatus({ code: grpcStatus[end.status], details: end.details });
    case 'error-field':
      return new GatewayError('GENERATION_ERROR', end.message);
    case 'crash':
    case 'down':
      return new GatewayError('AGENT_UNAVAILABLE', '');
    case 'final':
    case 'no-final':
    case 'silence':
      return undefined;
  }
}
