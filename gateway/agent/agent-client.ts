import {
  Channel,
  connectivityState,
  credentials,
  status,
  type Metadata,
  type ChannelOptions,
  type StatusObject,
} from '@grpc/grpc-js';

import type { StreamChunk } from '../../proto/agent-service.ts';
import type { AgentInterface } from './agent-interface.ts';
import {
  handOnMessages,
  readFrames,
  type Call,
  type HandedOn,
  type MessageFlow,
  type MessageReader,
} from './agent-messages.ts';
import {
  createTappedCredentials,
  httpStatusOf,
  tappedCallOf,
  type TappedCall,
} from './grpc-internals.ts';
import { createChannelPool } from './channels.ts';
import { errorOfGrpcStatus, type GatewayError } from '../errors.ts';
import { silenceLimits, type SilenceLimits } from './silence-watch.ts';
import { NotGrpc, readStatus, statusOfHttpAnswer } from './transport-status.ts';
import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

/** What one call asks of the agent. */
export interface AgentRequest {
  prompt: string;
  model: string;
  metadata: Metadata;
}

/** Takes what an agent's call brings, in order; after `ended` or `failed` nothing comes any more. */
export interface ChunkReader {
  chunk(chunk: StreamChunk): void;
  /** The call ended with status OK. */
  ended(): void;
  failed(error: GatewayError): void;
}

/** One generation, under way at the agent. */
export interface AgentCall {
  /**
   * Resolves with the agent's first sign of life, or after `waitMs` on a connection without any.
   * @throws GatewayError where the call fails before, and the signal's reason where that aborts.
   */
  accepted(waitMs: number, signal: AbortSignal): Promise<void>;
  /** What the agent said of itself with its first sign of life; undefined before that. */
  readonly metadata: Metadata | undefined;
  /** Starts to read. Has to be called in the turn in which `accepted` resolves. */
  read(reader: ChunkReader): void;
  /** Holds the agent up by flow control; what is on its way waits in bounded windows. */
  pause(): void;
  resume(): void;
  /** Ends the call; nothing more is reported. */
  cancel(): void;
}

export interface AgentClient {
  generate(request: AgentRequest, limitMs: number): AgentCall;
  /** Connects ahead of the first call, which would have to wait for it. */
  connect(): void;
  close(): void;
}

/** The largest message of an agent, in bytes. */
const messageLimitBytes = 4 * 1024 * 1024;

/** The longest that a call waits for a connection to the agent. */
const connectLimitMs = 10_000;

/** How soon a call whose wait is over notices that there is a connection. */
const connectPollMs = 50;

/** How a connection to the agent is kept. */
const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': messageLimitBytes,
  'grpc.max_send_message_length': messageLimitBytes,
  // The default backoff leaves an agent that came back unused for many seconds.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.use_local_subchannel_pool': 1,
  // grpc-js would send even a call to loopback through a proxy that the environment names.
  'grpc.enable_http_proxy': 0,
};

/**
 * How the messages of a call are read: from the frames of its connection, for a fraction of what they
 * cost, or as grpc-js hands them on. Where it does not let its frames be tapped, that way all the same.
 */
export type Reading = 'tapped' | 'handed-on';

/**
 * Where frames are not tapped, grpc-js notices a frozen agent by PINGs. A server on gRPC's C core allows
 * three in a silence (one, and two strikes): as many as fit into the two minutes of a stream.
 */
const pingOptions: ChannelOptions = {
  'grpc.keepalive_time_ms': 45_000,
  'grpc.keepalive_timeout_ms': 5000,
};

export interface AgentClientOptions {
  reading?: Reading;
  /** Doubled in place for an agent that asks for calm. */
  limits?: SilenceLimits;
}

/** A client of the agent at `host:port`. It connects with the first call at the latest, and again whenever it has to. */
export function createAgentClient(
  address: string,
  { path, serialize, deserialize }: AgentInterface,
  { reading = 'tapped', limits = { ...silenceLimits } }: AgentClientOptions = {},
): AgentClient {
  const createChannel =
    reading === 'tapped'
      ? () => new Channel(address, createTappedCredentials(limits), channelOptions)
      : () =>
          new Channel(address, credentials.createInsecure(), { ...channelOptions, ...pingOptions });
  const pool = createChannelPool(createChannel);
  return {
    generate({ prompt, model, metadata }, limitMs) {
      const message = serialize({ prompt, model });
      const { channel, release } = pool.lease();
      const call = channel.createCall(path, Date.now() + limitMs, null, null, null);
      const isConnected = () => channel.getConnectivityState(false) === connectivityState.READY;
      return startCall(
        { call, isConnected, whenOver: release },
        { metadata, message },
        deserialize,
      );
    },
    connect() {
      const { channel, release } = pool.lease();
      channel.getConnectivityState(true);
      release(false);
    },
    close: pool.close,
  };
}

/** A call, and its place on a channel. */
interface PlacedCall {
  call: Call;
  isConnected(): boolean;
  /** @param isReset whether this side ended it */
  whenOver(isReset: boolean): void;
}

/**
 * Starts a call beneath the readable stream that grpc-js would make of it: that and what leads up to it
 * are a part of what a stream costs to start, and are not needed here.
 */
function startCall(
  { call, isConnected, whenOver }: PlacedCall,
  request: { metadata: Metadata; message: Buffer },
  deserialize: AgentInterface['deserialize'],
): AgentCall {
  let end: StatusObject | undefined;
  let notGrpc: NotGrpc | undefined;
  let cancelled = false;
  let metadata: Metadata | undefined;
  let tapped: TappedCall | undefined;
  let handedOn: HandedOn | undefined;
  let flow: MessageFlow | undefined;
  /** Whoever waits for the first sign of life, and whoever wants to read from then on. */
  let settle: (() => void) | undefined;
  let reader: MessageReader | undefined;

  const cancel = () => {
    cancelled = true;
    call.cancelWithStatus(status.CANCELLED, 'Cancelled on client');
  };

  const errorOf = (status: StatusObject) => errorOfGrpcStatus(status, notGrpc);

  const startReading = () => {
    if (reader === undefined || (metadata === undefined && end === undefined)) return;
    const stream = tapped?.stream ?? (handedOn ??= handOnMessages(call));
    flow ??= readFrames(stream, deserialize, messageLimitBytes, reader);
    if (end !== undefined) flow.close();
  };

  call.start(request.metadata, {
    onReceiveMetadata(received) {
      const refusal = statusOfHttpAnswer(received, httpStatusOf(call));
      if (refusal !== undefined) {
        notGrpc = new NotGrpc(refusal.details);
        call.cancelWithStatus(refusal.code, refusal.details);
        return;
      }
      metadata = received;
      tapped = tappedCallOf(call);
      settle?.();
      startReading();
    },
    // Comes only where it was asked for: where the frames are not tapped.
    onReceiveMessage: (message: Buffer) => handedOn?.take(message),
    onReceiveStatus(received) {
      tapped?.release();
      end = readStatus(received);
      const isRefused = notGrpc !== undefined || end !== received;
      // A deadline that passes here resets the call like a cancel, and so does an answer that we refuse.
      whenOver(cancelled || isRefused || received.code === status.DEADLINE_EXCEEDED);
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
    accepted(waitMs, signal) {
      return new Promise((resolve, reject) => {
        settle = () => {
          settle = undefined;
          clearTimeout(timer);
          signal.removeEventListener('abort', giveUp);
          if (signal.aborted) reject(signal.reason);
          else if (end !== undefined && end.code !== status.OK) reject(errorOf(end));
          else resolve();
        };
        const giveUp = () => settle?.();
        const connectEndMs = performance.now() + connectLimitMs;
        const look = () => {
          if (isConnected()) giveUp();
          else if (performance.now() < connectEndMs) timer = setTimeout(look, connectPollMs);
          else call.cancelWithStatus(status.UNAVAILABLE, 'no connection to the agent within 10 s');
        };
        let timer = setTimeout(look, waitMs);
        signal.addEventListener('abort', giveUp);
        // An agent that refuses, or that has nothing to say, sends its status alone.
        if (signal.aborted || metadata !== undefined || end !== undefined) settle();
      });
    },
    read({ chunk, ended, failed }) {
      reader = {
        chunk,
        // Not at the status: that overtakes the chunks which still wait to be read.
        done() {
          if (cancelled || end === undefined) return;
          if (end.code === status.OK) ended();
          else failed(errorOf(end));
        },
        refused(details) {
          if (cancelled) return;
          cancel();
          failed(errorOfGrpcStatus({ code: status.INTERNAL, details }));
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
