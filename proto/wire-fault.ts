import { z } from 'zod';

import { codeOfWireStatus, type ErrorCode } from './error-codes.ts';

/**
 * Wire faults: changes to a stream between gateway and client that an agent requests from the gateway.
 *
 * They are JSON in `x-rehearsal-wire` of the agent's initial metadata. A gateway applies them only if it was
 * started with wire faults allowed. Positions are code points of the agent's text, so they do not depend on
 * chunks or on how messages are merged. Formats that show more than text merge nothing: they also count
 * messages without text, one for each chunk with reasoning or tool calls alone.
 */
export const wireMetadata = 'x-rehearsal-wire';

const position = z.int().min(0);

/** An HTTP status instead of the stream. */
const statusFault = z.strictObject({
  fault: z.literal('status'),
  status: z.int().min(400).max(599),
  /** The value of the header `Retry-After`. */
  retryAfterSec: z.int().min(0).optional(),
  /** For the header `x-should-retry`, in formats whose clients know it. */
  shouldRetry: z.boolean().optional(),
  /** `page` is HTML like that of a proxy in front of the gateway. */
  body: z.enum(['json', 'page']),
});

/** A Content-Type other than the specified one (B1). */
const contentTypeFault = z.strictObject({
  fault: z.literal('content-type'),
  value: z.string().regex(/^[\u0021-\u007E][\u0020-\u007E]*$/),
});

/** Ends the connection or the body before the end of the stream. */
const cutFault = z.strictObject({
  fault: z.literal('cut'),
  /** `fin` closes the connection cleanly, `reset` breaks it (RST), `end` ends the body properly. */
  by: z.enum(['fin', 'reset', 'end']),
  /** Cuts after this much text, */
  afterChars: position,
  /** in formats that show more than text also after so many messages without text, */
  afterParts: position.optional(),
  /** and not before this many milliseconds after the stream was opened. */
  afterMs: z.number().min(0),
  /** Whether half of the next event is sent before the cut. */
  midEvent: z.boolean(),
});

/** A span of text that is sent as one message; an empty span is the final message. */
const span = { fromChar: position, toChar: position };

const eventFault = z.strictObject({
  fault: z.literal('event'),
  /** `swapped`: with the next message, which ends at `nextToChar`. */
  how: z.enum(['malformed', 'duplicated', 'swapped', 'missing']),
  ...span,
  /** Undefined where no message of the text alone follows. */
  nextToChar: position.optional(),
  /** The message that is struck in formats that show more than text: the number of one without text, from 0. */
  part: position.optional(),
});

/** How events are written: byte by byte, several in one write, or all together at the end. */
const framesFault = z.strictObject({
  fault: z.literal('frames'),
  how: z.enum(['torn', 'glued', 'buffered']),
  /** The events per write, for `glued`. */
  events: z.int().min(1).optional(),
});

const crlfFault = z.strictObject({ fault: z.literal('crlf') });

/** Deviations from their own format that servers of the formats beside the specified one are known for. */
export const quirks = [
  'no-terminator',
  'no-finish-reason',
  'no-usage',
  'no-tool-index',
  'tool-index-zero',
  'repeated-tool-id',
  'empty-tool-fragments',
  'unknown-field',
  'unknown-event',
  'ping-event',
] as const;

export type Quirk = (typeof quirks)[number];

/** Has no effect at the specified interface. */
const quirkFault = z.strictObject({ fault: z.literal('quirk'), kind: z.enum(quirks) });

const noPingsFault = z.strictObject({ fault: z.literal('no-pings') });

const wireFaultSchema = z.discriminatedUnion('fault', [
  statusFault,
  contentTypeFault,
  cutFault,
  eventFault,
  framesFault,
  crlfFault,
  noPingsFault,
  quirkFault,
]);

export type WireFault = z.output<typeof wireFaultSchema>;

/** The faults of one kind. */
export type WireFaultOf<K extends WireFault['fault']> = Extract<WireFault, { fault: K }>;

/** The effect of a fault on a client, for expectations. */
interface WireEffect {
  /** No stream reaches the client, only a status, or a content type that it must reject. */
  rejection?: { status: number; code?: ErrorCode; contentType?: string };
  /** The response's headers change or are delayed, so the fault cannot strike after they are sent. */
  changesHeaders?: true;
  /** Text arrives in different messages, or at different times, than the agent sends it. */
  movesText?: true;
  /** When text arrives, if not in its own message. */
  textArrives?: 'with-later-text' | 'at-the-end';
  /** It also strikes over a WebSocket, which has no HTTP response and no lines. */
  strikesWebSockets?: true;
}

/** Returns the effect of a fault on a client. */
export function effectOf(fault: WireFault): WireEffect {
  switch (fault.fault) {
    case 'status': {
      const code = fault.body === 'json' ? { code: codeOfWireStatus(fault.status) } : {};
      const rejection = { status: fault.status, ...code };
      return { rejection, changesHeaders: true, strikesWebSockets: true };
    }
    case 'content-type':
      return { rejection: { status: 200, contentType: fault.value }, changesHeaders: true };
    case 'event':
      return { movesText: true, strikesWebSockets: true };
    case 'frames':
      return { movesText: true, ...layoutEffects[fault.how] };
    case 'cut':
    case 'no-pings':
      return { strikesWebSockets: true };
    case 'crlf':
    case 'quirk':
      return {};
  }
}

const layoutEffects: Record<WireFaultOf<'frames'>['how'], WireEffect> = {
  torn: {},
  glued: { textArrives: 'with-later-text' },
  buffered: { textArrives: 'at-the-end', changesHeaders: true },
};

/** The outcome of a cut for a correct client. */
export const cutOutcomes: Record<WireFaultOf<'cut'>['by'], 'cut' | 'reset'> = {
  fin: 'cut',
  reset: 'reset',
  end: 'cut',
};

/** The effect of a fault of single events on a correct client. */
interface EventEffect {
  /** How many copies of the message's text it reads. */
  copies: 0 | 1 | 2;
  /** It reads that text after the next message's. */
  afterNext?: true;
  /** It cannot parse the message and ends the stream. */
  isUnreadable?: true;
  /** The outcome if the fault strikes the final message. */
  finalOutcome?: 'cut' | 'malformed';
}

export const eventEffects: Record<WireFaultOf<'event'>['how'], EventEffect> = {
  malformed: { copies: 0, isUnreadable: true },
  duplicated: { copies: 2, finalOutcome: 'malformed' },
  swapped: { copies: 1, afterNext: true },
  missing: { copies: 0, finalOutcome: 'cut' },
};

/** Returns what a client gets instead of the stream; undefined if no fault rejects it. */
export function rejectionBy(faults: readonly WireFault[]): WireEffect['rejection'] {
  return faults.map(effectOf).find(({ rejection }) => rejection !== undefined)?.rejection;
}

/** Whether text arrives in different messages, or at different times, than the agent sends it. */
export function movesText(faults: readonly WireFault[]): boolean {
  return faults.some((fault) => effectOf(fault).movesText);
}

/** Returns the faults of single events, in order. */
export function eventFaultsOf(faults: readonly WireFault[]): WireFaultOf<'event'>[] {
  return faults.filter((fault): fault is WireFaultOf<'event'> => fault.fault === 'event');
}

/** Returns the faults of single events that a stream of text alone has, in order. */
export function textFaultsOf(faults: readonly WireFault[]): WireFaultOf<'event'>[] {
  return eventFaultsOf(faults).filter(
    ({ how, nextToChar }) => how !== 'swapped' || nextToChar !== undefined,
  );
}

/** Returns the deviations from the format of a stream. */
export function quirksOf(faults: readonly WireFault[]): ReadonlySet<Quirk> {
  return new Set(faults.flatMap((fault) => (fault.fault === 'quirk' ? fault.kind : [])));
}

/** Returns the first fault of a kind. */
export function wireFaultOf<K extends WireFault['fault']>(
  faults: readonly WireFault[],
  kind: K,
): WireFaultOf<K> | undefined {
  return faults.find((fault): fault is WireFaultOf<K> => fault.fault === kind);
}

/** Parses the wire faults of an agent; returns undefined if they are not valid. */
export function parseWireFaults(json: string): WireFault[] | undefined {
  try {
    return z.array(wireFaultSchema).safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
