import { connectivityState, status, type Metadata, type StatusObject } from '@grpc/grpc-js';

import type { StreamChunk } from '../../proto/agent-service.ts';
import type { AgentInterface, AgentMessage } from './agent-interface.ts';
import {
  deliverMessages,
  readFrames,
  type Call,
  type DeliveredStream,
  type MessageFlow,
  type MessageReader,
} from './agent-messages.ts';
import {
  createAgentChannels,
  messageLimitBytes,
  type AgentClientOptions,
} from './agent-channels.ts';
import { httpStatusOf, tappedCallOf, type TappedCall } from './grpc-internals.ts';
import { mayBeSeveral } from './may-be-several.ts';
import { spreadCalls } from './spread-calls.ts';
import { errorOfGrpcStatus, type GatewayError } from '../errors.ts';
import { readStatus, statusOfHttpAnswer } from './transport-status.ts';
import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

/** The request of one call. */
export interface AgentRequest extends AgentMessage {
  metadata: Metadata;
}

/** Receives the chunks of a call in order, then `ended` or `failed` once. */
export interface ChunkReader {
  chunk(chunk: StreamChunk): void;
  /** The call ended with status OK. */
  ended(): void;
  failed(error: GatewayError): void;
}

/** A call of the agent in progress. */
export interface AgentCall {
  /**
   * Resolves with the agent's initial metadata or status, or after `waitMs` on an established connection.
   * @throws GatewayError if the call fails before; the signal's reason if that aborts
   */
  accepted(waitMs: number, signal: AbortSignal): Promise<void>;
  /** The agent's initial metadata; undefined before it arrives. */
  readonly metadata: Metadata | undefined;
  /** What the agent sent with its status; undefined before it arrives. */
  readonly trailers: Metadata | undefined;
  /** Whether the call has ended with its connection, and without any answer. */
  readonly isLost: boolean;
  /** Starts to read. Must be called in the turn in which `accepted` resolves. */
  read(reader: ChunkReader): void;
  /** Pauses the agent by flow control; data in flight is bounded by the windows. */
  pause(): void;
  resume(): void;
  /** Ends the call; the reader is not called again. */
  cancel(): void;
}

export interface AgentClient {
  /** Whether there may be several agents, so that another can take a call that was lost with its connection. */
  readonly hasSeveral: boolean;
  generate(request: AgentRequest, limitMs: number): AgentCall;
  /** Connects ahead of the first call, so that it need not wait. */
  connect(): void;
  close(): void;
}

/** The longest that a call waits for a connection to the agent. */
export const connectLimitMs = 10_000;

/** How often a call that has waited long enough checks for a connection. */
const connectPollMs = 50;

/**
 * Creates a client of an agent at `host:port`, or of several. It connects at the first call at the latest, and
 * reconnects.
 * @param addresses one, or a list that is not empty
 */
export function createAgentClient(
  addresses: string | readonly string[],
  { path, serialize, deserialize }: AgentInterface,
  options: AgentClientOptions = {},
): AgentClient {
  const pools = createAgentChannels(addresses, options);
  const pool = spreadCalls(pools);
  const ownMetadata = options.access?.metadata;
  return {
    hasSeveral: mayBeSeveral(addresses),
    generate({ metadata, ...request }, limitMs) {
      const message = serialize(request);
      const { channel, release } = pool.lease();
      const call = channel.createCall(path, Date.now() + limitMs, null, null, null);
      const isConnected = () => channel.getConnectivityState(false) === connectivityState.READY;
      return startCall(
        { call, isConnected, onEnd: release },
        { metadata: withOwn(metadata, ownMetadata), message },
        deserialize,
      );
    },
    connect() {
      for (const each of pools) {
        const { channel, release } = each.lease();
        channel.getConnectivityState(true);
        release(false);
      }
    },
    close: pool.close,
  };
}

/** Adds the gateway's own metadata, in a copy that observers of the request do not see. */
function withOwn(metadata: Metadata, own: Metadata | undefined): Metadata {
  if (own === undefined) return metadata;
  const all = metadata.clone();
  all.merge(own);
  return all;
}

/** A call on a channel. */
interface PlacedCall {
  call: Call;
  isConnected(): boolean;
  /** @param isReset whether this side has reset the call */
  onEnd(isReset: boolean): void;
}

/**
 * Starts a call below the readable stream of grpc-js, which would add to the cost of starting a stream.
 */
function startCall(
  { call, isConnected, onEnd }: PlacedCall,
  request: { metadata: Metadata; message: Buffer },
  deserialize: AgentInterface['deserialize'],
): AgentCall {
  let end: StatusObject | undefined;
  let isHttpOnly = false;
  let isCancelled = false;
  let isLost = false;
  let metadata: Metadata | undefined;
  let tapped: TappedCall | undefined;
  let delivered: DeliveredStream | undefined;
  let flow: MessageFlow | undefined;
  /** Settles the pending promise of `accepted`. */
  let settle: (() => void) | undefined;
  let reader: MessageReader | undefined;

  const cancel = () => {
    isCancelled = true;
    call.cancelWithStatus(status.CANCELLED, 'Cancelled on client');
  };

  const errorOf = (status: StatusObject) => errorOfGrpcStatus(status, isHttpOnly);

  const startReading = () => {
    if (reader === undefined || (metadata === undefined && end === undefined)) return;
    const stream = tapped?.stream ?? (delivered ??= deliverMessages(call));
    flow ??= readFrames(stream, deserialize, messageLimitBytes, reader);
    if (end !== undefined) flow.close();
  };

  call.start(request.metadata, {
    onReceiveMetadata(received) {
      const refusal = statusOfHttpAnswer(received, httpStatusOf(call));
      if (refusal !== undefined) {
        isHttpOnly = true;
        call.cancelWithStatus(refusal.code, refusal.details);
        return;
      }
      metadata = received;
      tapped = tappedCallOf(call);
      settle?.();
      startReading();
    },
    // Called only for requested messages, which means without tapped frames.
    onReceiveMessage: (message: Buffer) => delivered?.take(message),
    onReceiveStatus(received) {
      tapped?.release();
      end = readStatus(received);
      // An agent that dies resets its calls, or breaks their connection.
      const isOfTransport = end.code === status.UNAVAILABLE || end.code === status.CANCELLED;
      isLost = isOfTransport && !isCancelled && httpStatusOf(call) === undefined;
      const isRefused = isHttpOnly || end !== received;
      // A deadline that passes here, or a response that is refused, resets the call like a cancel.
      onEnd(isCancelled || isRefused || received.code === status.DEADLINE_EXCEEDED);
      settle?.();
      startReading();
    },
  });
  call.sendMessageWithContext({}, request.message);
  call.halfClose();

  return {
    get metadata() {
      return metadata;
    },
    get trailers() {
      return end?.metadata;
    },
    get isLost() {
      return isLost;
    },
    accepted(waitMs, signal) {
      return new Promise((resolve, reject) => {
        settle = () => {
          settle = undefined;
          clearTimeout(timer);
          signal.removeEventListener('abort', settleNow);
          if (signal.aborted) reject(signal.reason);
          else if (end !== undefined && end.code !== status.OK) reject(errorOf(end));
          else resolve();
        };
        const settleNow = () => settle?.();
        const connectEndMs = performance.now() + connectLimitMs;
        const checkConnection = () => {
          if (isConnected()) settleNow();
          else if (performance.now() < connectEndMs)
            timer = setTimeout(checkConnection, connectPollMs);
          else call.cancelWithStatus(status.UNAVAILABLE, 'no connection to the agent within 10 s');
        };
        let timer = setTimeout(checkConnection, waitMs);
        signal.addEventListener('abort', settleNow);
        // An agent that refuses, or has no text, sends only its status.
        if (signal.aborted || metadata !== undefined || end !== undefined) settle();
      });
    },
    read({ chunk, ended, failed }) {
      reader = {
        chunk,
        // Not when the status arrives, since it overtakes chunks that are not read yet.
        done() {
          if (isCancelled || end === undefined) return;
          if (end.code === status.OK) ended();
          else failed(errorOf(end));
        },
        refused(error) {
          if (isCancelled) return;
          cancel();
          failed(error);
        },
      };
      startReading();
    },
    pause: () => flow?.pause(),
    resume: () => flow?.resume(),
    cancel() {
      flow?.stop();
      cancel();
    },
  };
}
