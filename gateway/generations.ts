import type { Logger } from 'pino';

import { acceptWaitMetadata } from '../proto/metadata.ts';
import { wireFaultOf, wireMetadata, type WireFault } from '../proto/wire-fault.ts';
import type { AgentCall, AgentClient, AgentRequest } from './agent/agent-client.ts';
import { goneReasons, type GoneKind } from './client-gone.ts';
import { GatewayError, timeLimitError } from './errors.ts';
import type { GatewayHooks } from './hooks.ts';
import type { OpenedStream, RequestEvents, StreamControl } from './observer.ts';
import type { GatewayOptions } from './options.ts';
import { skipText } from './stream/skip-read-text.ts';
import { emptyFigures } from './stream/stream-figures.ts';
import { startStream, type EventSink, type Stream } from './stream/stream.ts';
import type { Carrier } from './wire/carrier.ts';
import { startCut } from './wire/cut.ts';
import { errorInPlace } from './wire/error-in-place.ts';
import { readOnceAccepted, refuseUntimely, type UndecidedSink } from './wire/late-faults.ts';
import { readWireFaults } from './wire/read-wire-faults.ts';
import { performance } from '../proto/timers.ts';

/** The client of a generation, over SSE or a WebSocket. */
export interface Client {
  /** What carries the response. */
  carrier: Carrier;
  isGone(): boolean;
  /**
   * Calls back once the client is gone.
   * @returns a function that ends the watch
   */
  watch(onGone: (kind: GoneKind) => void): () => void;
  /** Whether each chunk is sent at once and as it is: the pacing of D2 belongs to the specified interface. */
  keepsChunks?: boolean;
  /** Whether the response is sent in one piece at its end. */
  isWhole?: boolean;
  /** Opens the stream; no other response is possible afterwards. */
  open(call: AgentCall, faults: readonly WireFault[]): EventSink;
  /** Opens the stream before the agent has requested its wire faults. */
  openUndecided(call: AgentCall): UndecidedSink;
}

/** A request for a generation. */
interface Generation {
  request: AgentRequest;
  /** When the request was read, by `performance.now()`. */
  startMs: number;
  /** Code points of the text that the client has already read. */
  fromChar: number;
  events: RequestEvents;
}

/** The open generations of a gateway. */
export interface Generations {
  /**
   * Starts a generation; resolves once its stream is open.
   * @throws GatewayError if it fails before the stream is open
   * @throws one of `goneReasons` if the client leaves before
   */
  start(generation: Generation, client: Client): Promise<void>;
  /** Counts streams that are starting, open, or not completely sent. */
  count(): number;
  /** Refuses every later request with this error; open generations go on. */
  refuse(error: GatewayError): void;
  /** Ends all generations with this error, and refuses every later request with it. */
  failAll(error: GatewayError): void;
  /** Returns the error with which requests are refused; undefined if they are not. */
  closing(): GatewayError | undefined;
}

/**
 * How much later than a stream's time limit the deadline of its call is. The limit decides alone; the deadline
 * ends the call of a gateway that hangs.
 */
const deadlineGraceMs = 1000;

export function createGenerations(
  agent: AgentClient,
  options: GatewayOptions,
  log: Logger,
  prepare: GatewayHooks['prepare'],
): Generations {
  const open = new Set<Pick<Stream, 'fail'>>();
  let closing: GatewayError | undefined;
  let hasWarned = false;

  /** Returns the remaining time of a stream. */
  const leftMs = (startMs: number) =>
    Math.max(0, options.streamLimitMs - (performance.now() - startMs));

  /**
   * Calls the agent, and waits for its first response unless the client leaves. A call that is lost with its
   * connection goes to another agent, once.
   */
  const callAgent = async (
    { request, startMs, events: { described } }: Generation,
    client: Client,
  ): Promise<AgentCall> => {
    const { streamLimitMs, holdLimitMs, acceptWaitMs, faultWaitMs, wireFaults } = options;
    const waitMs = wireFaults ? Math.max(acceptWaitMs, faultWaitMs) : acceptWaitMs;
    if (wireFaults) request.metadata.set(acceptWaitMetadata, String(acceptWaitMs));
    const abort = new AbortController();
    const startingStream = { fail: (error: GatewayError) => abort.abort(error) };
    const unwatch = client.watch((kind) => abort.abort(goneReasons[kind]));
    // The client may have left while its request was read, before the watch.
    if (client.isGone()) abort.abort(goneReasons['client-left']);
    open.add(startingStream);
    try {
      abort.signal.throwIfAborted();
      for (let attemptsLeft = agent.hasSeveral ? 1 : 0; ; attemptsLeft -= 1) {
        const call = agent.generate(request, streamLimitMs + holdLimitMs + deadlineGraceMs);
        try {
          // The HTTP status waits for the agent, so that a failure can still be an HTTP error.
          const remainingMs = leftMs(startMs);
          await call.accepted(Math.min(waitMs, remainingMs), abort.signal);
          abort.signal.throwIfAborted();
          const hasResponse = call.metadata !== undefined || call.trailers !== undefined;
          // Not by the clock: a timer may fire a fraction of a millisecond before its time.
          if (!hasResponse && remainingMs <= waitMs) throw timeLimitError();
          return call;
        } catch (error) {
          call.cancel();
          if (attemptsLeft > 0 && call.isLost && !abort.signal.aborted) continue;
          if (call.trailers !== undefined) described?.(call.trailers);
          throw error;
        }
      }
    } finally {
      unwatch();
      open.delete(startingStream);
    }
  };

  const warnOfIgnored = ({ metadata }: AgentCall) => {
    if (hasWarned || (metadata?.get(wireMetadata) ?? []).length === 0) return;
    hasWarned = true;
    log.warn(
      'the agent requests wire faults, which this gateway ignores: allow them with --wire-faults',
    );
  };

  /** Returns the wire faults that the agent requests. @throws GatewayError the response of an HTTP status fault */
  const faultsOf = (call: AgentCall): readonly WireFault[] => {
    if (!options.wireFaults) {
      warnOfIgnored(call);
      return [];
    }
    try {
      const faults = readWireFaults(call.metadata);
      const statusFault = wireFaultOf(faults, 'status');
      if (statusFault !== undefined) throw errorInPlace(statusFault);
      return faults;
    } catch (error) {
      call.cancel();
      throw error;
    }
  };

  /** Opens the stream of a call; `isCut` returns whether a wire fault cuts it. */
  const openSink = (
    call: AgentCall,
    client: Client,
    stream: OpenedStream,
    { described, opened, accepted }: RequestEvents,
  ) => {
    if (call.metadata !== undefined) {
      described?.(call.metadata);
      const faults = faultsOf(call);
      const sink = client.open(call, faults);
      opened?.(stream);
      accepted?.(call.metadata);
      return { sink, source: call, isCut: () => hasCut(faults) };
    }
    // The agent is slow, and the headers cannot wait any longer.
    const undecided = options.wireFaults ? client.openUndecided(call) : undefined;
    const sink = undecided ?? client.open(call, []);
    opened?.(stream);
    let lateFaults: readonly WireFault[] = [];
    const source = readOnceAccepted(call, options.streamLimitMs, () => {
      if (call.metadata !== undefined) described?.(call.metadata);
      accepted?.(call.metadata);
      if (undecided === undefined) {
        warnOfIgnored(call);
        return;
      }
      lateFaults = refuseUntimely(readWireFaults(call.metadata), options.faultWaitMs);
      if (lateFaults.length > 0) undecided.strike(lateFaults);
    });
    return { sink, source, isCut: () => hasCut(lateFaults) };
  };

  return {
    async start(generation, client) {
      const { request, startMs, fromChar, events } = generation;
      events.requested?.(request);
      if (closing !== undefined) throw closing;
      if (open.size >= options.maxStreams) throw overloaded(options.maxStreams);
      prepare?.(request);
      const call = await callAgent(generation, client);
      const figures = emptyFigures();
      const { keepsChunks, isWhole } = client;
      let wasCut = false;
      const flush = (onFlushed: () => void) => client.carrier.flush(() => onFlushed());
      const control: StreamControl = {
        isDrained: () => stream.isDrained(),
        setPings: (areSent) => stream.setPings(areSent),
        setClock: (isRunning) => stream.setClock(isRunning),
        flush,
        cut(by) {
          wasCut = true;
          const now = { fault: 'cut', afterChars: 0, afterMs: 0, midEvent: false } as const;
          startCut({ ...now, by }, performance.now(), client.carrier, flush, stream.truncate);
        },
      };
      const opened: OpenedStream = {
        startMs,
        metadata: request.metadata,
        figures,
        isWhole,
        hasParts: keepsChunks ?? false,
        fromChar,
        control,
      };
      const { sink, source, isCut } = openSink(call, client, opened, events);
      const streamOptions = keepsChunks ? { ...options, keepsChunks } : options;
      const limitMs = leftMs(startMs);
      const stream = startStream(skipText(source, fromChar), sink, streamOptions, limitMs, {
        figures,
        firstMessage: events.firstMessage,
        message: withAcknowledgement(events, client.carrier),
        ended(cause) {
          open.delete(stream);
          unwatch();
          // After a cut the client did not leave by itself.
          events.ended?.(cause === 'client-left' && (wasCut || isCut()) ? 'cut' : cause);
        },
      });
      open.add(stream);
      const unwatch = client.watch(stream.abandon);
    },
    count: () => open.size,
    refuse(error) {
      closing = error;
    },
    failAll(error) {
      closing = error;
      for (const stream of open) stream.fail(error);
    },
    closing: () => closing,
  };
}

function hasCut(faults: readonly WireFault[]): boolean {
  return wireFaultOf(faults, 'cut') !== undefined;
}

/** Returns the callback for each message, which also observes its acknowledgement if needed. */
function withAcknowledgement(
  { message, acknowledged }: RequestEvents,
  carrier: Carrier,
): RequestEvents['message'] {
  if (acknowledged === undefined) return message;
  const onWritten = (error?: Error | null) => {
    if (error === null || error === undefined) acknowledged();
  };
  return (atMs, delta) => {
    message?.(atMs, delta);
    if (carrier.isOpen()) carrier.flush(onWritten);
  };
}

function overloaded(maxStreams: number): GatewayError {
  const details = `the gateway carries ${maxStreams} streams at most`;
  return new GatewayError('OVERLOADED', details, { retryAfterSec: 1 });
}
