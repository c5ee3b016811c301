import { z } from 'zod';

import { codeOfWireStatus, type ErrorCode } from './error-codes.ts';

/**
 * Faults of the wire: what an agent asks a gateway to do to a stream on its way to the client.
 *
 * They travel as JSON in `x-rehearsal-wire` of the agent's initial metadata, and a gateway carries
 * them out only where it was started with wire faults allowed. Positions count the code points of
 * the text that the agent sends: they depend neither on chunks nor on how messages were merged.
 */
export const wireMetadata = 'x-rehearsal-wire';

const position = z.int().min(0);

/** An HTTP status in place of the stream. */
const statusFault = z.strictObject({
  fault: z.literal('status'),
  status: z.int().min(400).max(599),
  /** For the header `Retry-After`, in seconds. */
  retryAfterSec: z.int().min(0).optional(),
  /** `page` is HTML, as a proxy answers that knows nothing of the interface behind it. */
  body: z.enum(['json', 'page']),
});

/** Another Content-Type than the specified one (B1). */
const contentTypeFault = z.strictObject({
  fault: z.literal('content-type'),
  value: z.string().regex(/^[\u0021-\u007E][\u0020-\u007E]*$/),
});

/** The end of the connection, or of the body, before the end of the stream. */
const cutFault = z.strictObject({
  fault: z.literal('cut'),
  /** `fin` closes the connection in order, `reset` breaks it (RST), `end` ends the body well. */
  by: z.enum(['fin', 'reset', 'end']),
  /** After so much text, */
  afterChars: position,
  /** and not before so many milliseconds after the stream was opened. */
  afterMs: z.number().min(0),
  /** With half of the next event on the wire. */
  midEvent: z.boolean(),
});

/** A span of text that travels as one message; an empty one is the final message. */
const span = { fromChar: position, toChar: position };

const eventFault = z.strictObject({
  fault: z.literal('event'),
  /** `swapped` with the message that follows, which ends at `nextToChar`. */
  how: z.enum(['malformed', 'duplicated', 'swapped', 'missing']),
  ...span,
  nextToChar: position.optional(),
});

/** How the events lie on the wire: a byte at a time, several at a time, or all at once at the end. */
const framesFault = z.strictObject({
  fault: z.literal('frames'),
  how: z.enum(['torn', 'glued', 'buffered']),
  /** How many events are glued. */
  events: z.int().min(1).optional(),
});

const crlfFault = z.strictObject({ fault: z.literal('crlf') });

const noPingsFault = z.strictObject({ fault: z.literal('no-pings') });

const wireFaultSchema = z.discriminatedUnion('fault', [
  statusFault,
  contentTypeFault,
  cutFault,
  eventFault,
  framesFault,
  crlfFault,
  noPingsFault,
]);

export type WireFault = z.output<typeof wireFaultSchema>;

/** The faults of one kind. */
export type WireFaultOf<K extends WireFault['fault']> = Extract<WireFault, { fault: K }>;

/** What a fault changes for a client, as far as an expectation needs to know. */
interface WireEffect {
  /** No stream reaches the client: a status, or a content type that it must not read. */
  rejection?: { status: number; code?: ErrorCode; contentType?: string };
  /** The response's headers change or wait, so the fault cannot strike once they are sent. */
  changesHeaders?: true;
  /** Text arrives in other messages, or at other times, than the agent sends it. */
  movesText?: true;
  /** When text arrives, if not with its own message. */
  textArrives?: 'with-later-text' | 'at-the-end';
}

/** Returns what a client notices of a fault: a new form of fault needs its case here. */
export function effectOf(fault: WireFault): WireEffect {
  switch (fault.fault) {
    case 'status': {
      const code = fault.body === 'json' ? { code: codeOfWireStatus(fault.status) } : {};
      return { rejection: { status: fault.status, ...code }, changesHeaders: true };
    }
    case 'content-type':
      return { rejection: { status: 200, contentType: fault.value }, changesHeaders: true };
    case 'event':
      return { movesText: true };
    case 'frames':
      return { movesText: true, ...layoutEffects[fault.how] };
    case 'cut':
    case 'crlf':
    case 'no-pings':
      return {};
  }
}

const layoutEffects: Record<WireFaultOf<'frames'>['how'], WireEffect> = {
  torn: {},
  glued: { textArrives: 'with-later-text' },
  buffered: { textArrives: 'at-the-end', changesHeaders: true },
};

/** What a correct client makes of a cut. */
export const cutOutcomes: Record<WireFaultOf<'cut'>['by'], 'cut' | 'reset'> = {
  fin: 'cut',
  reset: 'reset',
  end: 'cut',
};

/** What a correct client makes of a message that a fault of single events strikes. */
interface EventEffect {
  /** How often it reads the message's text. */
  copies: 0 | 1 | 2;
  /** It reads that text after the next message's. */
  afterNext?: true;
  /** It cannot parse the message, and ends the stream there. */
  isUnreadable?: true;
  /** How the stream ends where the fault strikes the final message. */
  finalOutcome?: 'cut' | 'malformed';
}

export const eventEffects: Record<WireFaultOf<'event'>['how'], EventEffect> = {
  malformed: { copies: 0, isUnreadable: true },
  duplicated: { copies: 2, finalOutcome: 'malformed' },
  swapped: { copies: 1, afterNext: true },
  missing: { copies: 0, finalOutcome: 'cut' },
};

/** The rejection that a client gets in place of the stream, where a fault asks for one. */
export function rejectionBy(faults: readonly WireFault[]): WireEffect['rejection'] {
  return faults.map(effectOf).find(({ rejection }) => rejection !== undefined)?.rejection;
}

/** Whether text arrives in other messages, or at other times, than the agent sends it. */
export function movesText(faults: readonly WireFault[]): boolean {
  return faults.some((fault) => effectOf(fault).movesText);
}

/** The faults of single events, in their order. */
export function eventFaultsOf(faults: readonly WireFault[]): WireFaultOf<'event'>[] {
  return faults.filter((fault): fault is WireFaultOf<'event'> => fault.fault === 'event');
}

/** The first fault of a kind, where there is one. */
export function wireFaultOf<K extends WireFault['fault']>(
  faults: readonly WireFault[],
  kind: K,
): WireFaultOf<K> | undefined {
  return faults.find((fault): fault is WireFaultOf<K> => fault.fault === kind);
}

/** Reads what an agent asked for; undefined for what is no list of wire faults. */
export function parseWireFaults(json: string): WireFault[] | undefined {
  try {
    return z.array(wireFaultSchema).safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
