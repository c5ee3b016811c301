import type { Socket } from 'node:net';

import type { Logger } from 'pino';

import { wireFaultOf, wireMetadata, type WireFault } from '../proto/wire-fault.ts';
import type { AgentCall, AgentClient, AgentRequest } from './agent/agent-client.ts';
import { ClientGone, type GoneKind } from './client-gone.ts';
import { GatewayError } from './errors.ts';
import type { GatewayHooks } from './hooks.ts';
import type { OpenedStream, RequestEvents } from './observer.ts';
import type { GatewayOptions } from './options.ts';
import { skipText } from './stream/skip-read-text.ts';
import { emptyFigures } from './stream/stream-figures.ts';
import { startStream, type EventSink, type Stream } from './stream/stream.ts';
import { errorInPlace } from './wire/error-in-place.ts';
import { readOnceAccepted, refuseUntimely, type UndecidedSink } from './wire/late-faults.ts';
import { readWireFaults } from './wire/read-wire-faults.ts';
import { performance } from '../proto/timers.ts';

/** The client of a request for a generation, over SSE or a WebSocket. */
export interface Client {
  /** The connection that carries the answer. */
  socket: Socket;
  isGone(): boolean;
  /**
   * Calls back once the client is gone.
   * @returns ends the watch.
   */
  watch(gone: (kind: GoneKind) => void): () => void;
  /** Opens the stream; from here on there is no other answer. */
  open(call: AgentCall, faults: readonly WireFault[]): EventSink;
  /** Opens it before the agent has said which faults of the wire it asks for. */
  openUndecided(call: AgentCall): UndecidedSink;
}

/** A request for a generation. */
interface Generation {
  request: AgentRequest;
  /** When the request was read, by `performance.now()`. */
  startMs: number;
  /** Code points of the answer's text that the client has read before. */
  fromChar: number;
  events: RequestEvents;
}

/** The generations that a gateway has under way. */
export interface Generations {
  /**
   * Starts one; resolves once its stream is open.
   * @throws GatewayError while an answer can still be something else than a stream.
   * @throws ClientGone once there is no client to answer.
   */
  start(generation: Generation, client: Client): Promise<void>;
  /** How many streams are open, about to be, or not yet sent to their last byte. */
  count(): number;
  /** Ends every one of them with this error, and answers every later request with it. */
  failAll(error: GatewayError): void;
  /** The error of `failAll`, once that was called. */
  closing(): GatewayError | undefined;
}

export function createGenerations(
  agent: AgentClient,
  options: GatewayOptions,
  log: Logger,
  prepare: GatewayHooks['prepare'],
): Generations {
  const open = new Set<Pick<Stream, 'fail'>>();
  let closing: GatewayError | undefined;
  let hasWarned = false;

  /** Asks the agent, and waits for its first sign of life as long as the client does. */
  const ask = async (request: AgentRequest, client: Client): Promise<AgentCall> => {
    const leaving = new AbortController();
    const starting = { fail: (error: GatewayError) => leaving.abort(error) };
    const unwatch = client.watch((kind) => leaving.abort(new ClientGone(kind)));
    // A client may have left while its request was read: nobody listened then.
    if (client.isGone()) leaving.abort(new ClientGone('client-left'));
    if (closing !== undefined) leaving.abort(closing);
    open.add(starting);
    let call;
    try {
      leaving.signal.throwIfAborted();
      call = agent.generate(request, options.streamLimitMs);
      // The status waits for the agent: until it goes out, a failure can still be an HTTP error.
      await call.accepted(options.acceptWaitMs, leaving.signal);
      leaving.signal.throwIfAborted();
      return call;
    } catch (error) {
      call?.cancel();
      throw error;
    } finally {
      unwatch();
      open.delete(starting);
    }
  };

  const warnOfIgnored = ({ metadata }: AgentCall) => {
    if (hasWarned || (metadata?.get(wireMetadata) ?? []).length === 0) return;
    hasWarned = true;
    log.warn(
      'the agent asks for faults of the wire, which this gateway ignores: allow them with --wire-faults',
    );
  };

  /** What the agent asks to have done to the stream; throws the answer that it asks for in its place. */
  const faultsOf = (call: AgentCall): readonly WireFault[] => {
    if (!options.wireFaults) {
      warnOfIgnored(call);
      return [];
    }
    try {
      const faults = readWireFaults(call.metadata);
      const inPlace = wireFaultOf(faults, 'status');
      if (inPlace !== undefined) throw errorInPlace(inPlace);
      return faults;
    } catch (error) {
      call.cancel();
      throw error;
    }
  };

  /** Opens the stream of a call; `isCut` returns whether a fault of the wire cuts it. */
  const openSink = (
    call: AgentCall,
    client: Client,
    stream: OpenedStream,
    { opened, accepted }: RequestEvents,
  ) => {
    if (call.metadata !== undefined) {
      const faults = faultsOf(call);
      const sink = client.open(call, faults);
      opened?.(stream);
      accepted?.(call.metadata);
      return { sink, answer: call, isCut: () => hasCut(faults) };
    }
    // The agent is slow, and the headers cannot wait for it any longer.
    const undecided = options.wireFaults ? client.openUndecided(call) : undefined;
    const sink = undecided ?? client.open(call, []);
    opened?.(stream);
    let late: readonly WireFault[] = [];
    const answer = readOnceAccepted(call, options.streamLimitMs, () => {
      accepted?.(call.metadata);
      if (undecided === undefined) {
        warnOfIgnored(call);
        return;
      }
      late = refuseUntimely(readWireFaults(call.metadata));
      if (late.length > 0) undecided.strike(late);
    });
    return { sink, answer, isCut: () => hasCut(late) };
  };

  return {
    async start({ request, startMs, fromChar, events }, client) {
      events.requested?.(request);
      if (closing === undefined && open.size >= options.maxStreams) {
        throw overloaded(options.maxStreams);
      }
      prepare?.(request);
      const call = await ask(request, client);
      const figures = emptyFigures();
      const opened = { startMs, metadata: request.metadata, figures };
      const { sink, answer, isCut } = openSink(call, client, opened, events);
      const limitMs = options.streamLimitMs - (performance.now() - startMs);
      const stream = startStream(skipText(answer, fromChar), sink, options, limitMs, {
        figures,
        firstMessage: events.firstMessage,
        message: withAcknowledgement(events, client.socket),
        ended(cause) {
          open.delete(stream);
          unwatch();
          // The client of a stream that was cut did not leave by itself.
          events.ended?.(cause === 'client-left' && isCut() ? 'cut' : cause);
        },
      });
      open.add(stream);
      const unwatch = client.watch(stream.abandon);
    },
    count: () => open.size,
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

/** Returns the callback for each message, which has its acknowledgement observed where one is. */
function withAcknowledgement(
  { message, acknowledged }: RequestEvents,
  socket: Socket,
): RequestEvents['message'] {
  if (acknowledged === undefined) return message;
  const written = (error?: Error | null) => {
    if (error === null || error === undefined) acknowledged();
  };
  return (atMs, delta) => {
    message?.(atMs, delta);
    // An empty write behind the bytes of the message calls back once the system has them.
    if (socket.writable) socket.write('', written);
  };
}

function overloaded(maxStreams: number): GatewayError {
  const details = `the gateway carries ${maxStreams} streams at most`;
  return new GatewayError('OVERLOADED', details, { retryAfterSec: 1 });
}
