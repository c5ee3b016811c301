import type { Socket } from 'node:net';

import { wireFaultOf, wireMetadata, type WireFault } from '../proto/wire-fault.ts';
import type { AgentCall, AgentClient, AgentRequest } from './agent/agent-client.ts';
import { GatewayError } from './errors.ts';
import type { GatewayHooks } from './hooks.ts';
import type { RequestRecord } from './journal.ts';
import type { Monitor } from './monitor/monitor.ts';
import type { GatewayOptions } from './options.ts';
import { skipText } from './stream/skip-read-text.ts';
import { startStream, type EventSink, type Stream } from './stream/stream.ts';
import { errorInPlace } from './wire/error-in-place.ts';
import { readOnceAccepted, refuseUntimely, type UndecidedSink } from './wire/late-faults.ts';
import { readWireFaults } from './wire/read-wire-faults.ts';
import { performance } from '../proto/timers.ts';

/** Who asked for a generation, over whatever carries the answer. */
export interface Client {
  /** What its answer goes through. */
  socket: Socket;
  isGone(): boolean;
  /**
   * Calls back once the client is gone.
   * @returns ends the watch.
   */
  watch(gone: (cause: 'client-left' | 'not-read') => void): () => void;
  /** Opens the stream; from here on there is no other answer. */
  open(call: AgentCall, faults: readonly WireFault[]): EventSink;
  /** Opens it before the agent has said which faults of the wire it asks for. */
  openUndecided(call: AgentCall): UndecidedSink;
}

/** What is asked for. */
interface Generation {
  request: AgentRequest;
  /** When the request came, as `performance.now()` has it. */
  startMs: number;
  /** Code points of the answer's text that the client has read before. */
  fromChar: number;
  /** Told how it goes, where somebody keeps record. */
  record: RequestRecord | undefined;
}

/** The generations that a gateway has under way. */
export interface Generations {
  /**
   * Starts one; resolves once its stream is open.
   * @throws GatewayError while an answer can still be something else than a stream.
   * @throws ClientLeft where there is nobody to answer any more.
   */
  start(generation: Generation, client: Client): Promise<void>;
  /** How many streams are open, about to be, or not yet sent to their last byte. */
  count(): number;
  /** Ends every one of them with this error, and answers every later request with it. */
  failAll(error: GatewayError): void;
  /** The error of `failAll`, once that was called. */
  closing(): GatewayError | undefined;
}

/** The client closed its connection before it was answered. */
export class ClientLeft extends Error {}

export function createGenerations(
  agent: AgentClient,
  monitor: Monitor,
  options: GatewayOptions,
  prepare: GatewayHooks['prepare'],
): Generations {
  const open = new Set<Pick<Stream, 'fail'>>();
  let closing: GatewayError | undefined;

  /** Asks the agent, and waits for its first sign of life as long as the client does. */
  const ask = async (request: AgentRequest, client: Client): Promise<AgentCall> => {
    const leaving = new AbortController();
    const starting = { fail: (error: GatewayError) => leaving.abort(error) };
    const unwatch = client.watch(() => leaving.abort(new ClientLeft()));
    // A client may have left while its request was read: nobody listened then.
    if (client.isGone()) leaving.abort(new ClientLeft());
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
    if ((metadata?.get(wireMetadata) ?? []).length > 0) monitor.ignoresFaults();
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

  /** Opens the stream of a call; `isCut` says whether a fault of the wire is to cut it. */
  const openSink = (call: AgentCall, client: Client, record: RequestRecord | undefined) => {
    if (call.metadata !== undefined) {
      const faults = faultsOf(call);
      const sink = client.open(call, faults);
      record?.opened(call.metadata);
      return { sink, answer: call, isCut: () => hasCut(faults) };
    }
    // The agent is slow, and the headers cannot wait for it any longer.
    const undecided = options.wireFaults ? client.openUndecided(call) : undefined;
    const sink = undecided ?? client.open(call, []);
    record?.opened(undefined);
    let late: readonly WireFault[] = [];
    const answer = readOnceAccepted(call, options.streamLimitMs, () => {
      record?.opened(call.metadata);
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
    async start({ request, startMs, fromChar, record }, client) {
      record?.asked(request);
      if (closing === undefined && open.size >= options.maxStreams) {
        throw overloaded(options.maxStreams);
      }
      prepare?.(request);
      const call = await ask(request, client);
      const { sink: opened, answer, isCut } = openSink(call, client, record);
      const sink = record === undefined ? opened : recorded(opened, record, client.socket);
      const observer = monitor.streamStarts({
        startMs,
        asked: request.metadata,
        call,
        isCut,
      });
      const limitMs = options.streamLimitMs - (performance.now() - startMs);
      const stream = startStream(skipText(answer, fromChar), sink, options, limitMs, {
        ...observer,
        over(cause) {
          open.delete(stream);
          unwatch();
          observer.over(cause);
          record?.over(cause, isCut());
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

/** The same sink, with record kept of what goes through it. */
function recorded(sink: EventSink, record: RequestRecord, socket: Socket): EventSink {
  return {
    ...sink,
    send(event) {
      const goesOn = sink.send(event);
      record.wrote(event);
      // Behind the event's own bytes: it is called back once the system has them.
      if (socket.writable) {
        socket.write('', (error) => {
          if (error === null || error === undefined) record.acknowledged(event);
        });
      }
      return goesOn;
    },
  };
}

function overloaded(maxStreams: number): GatewayError {
  const details = `the gateway carries ${maxStreams} streams at most`;
  return new GatewayError('OVERLOADED', details, { retryAfterSec: 1 });
}
