import {
  Channel,
  credentials,
  status,
  type Metadata,
  type ChannelOptions,
  type StatusObject,
} from '@grpc/grpc-js';

import type { StreamChunk } from '../proto/agent-service.ts';
import type { AgentInterface } from './agent-interface.ts';
import {
  createTappedCredentials,
  handOnMessages,
  readFrames,
  tappedCallOf,
  type Call,
  type HandedOn,
  type MessageFlow,
  type MessageReader,
  type TappedCall,
} from './agent-messages.ts';
import { createChannelPool } from './channels.ts';
import { errorOfGrpcStatus, type GatewayError } from './errors.ts';
import type { AgentRequest } from './generate-request.ts';

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
   * Resolves with the agent's first sign of life, or once `waitMs` have gone by without any.
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

/** How a connection to the agent is kept. */
export const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': messageLimitBytes,
  'grpc.max_send_message_length': messageLimitBytes,
  // The default backoff leaves an agent that came back unused for many seconds.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // A frozen agent is noticed; modest, since servers on the C core punish frequent pings.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.use_local_subchannel_pool': 1,
  // grpc-js would send even a call to loopback through a proxy that the environment names.
  'grpc.enable_http_proxy': 0,
};

/**
 * How the messages of a call are read: from the frames of its connection, for a fraction of what they
 * cost, or as grpc-js hands them on. Where it does not let its frames be tapped, that way all the same.
 */
export type Reading = 'tapped' | 'handed-on';

/** A client of the agent at `host:port`. It connects with the first call at the latest, and again whenever it has to. */
export function createAgentClient(
  address: string,
  { path, serialize, deserialize }: AgentInterface,
  reading: Reading = 'tapped',
): AgentClient {
  const makeCredentials =
    reading === 'tapped' ? createTappedCredentials : credentials.createInsecure;
  const pool = createChannelPool(() => new Channel(address, makeCredentials(), channelOptions));
  return {
    generate({ prompt, model, metadata }, limitMs) {
      const message = serialize({ prompt, model });
      const { channel, release } = pool.lease();
      const call = channel.createCall(path, Date.now() + limitMs, null, null, null);
      return startCall(call, { metadata, message }, deserialize, release);
    },
    connect() {
      const { channel, release } = pool.lease();
      channel.getConnectivityState(true);
      release(false);
    },
    close: pool.close,
  };
}

/**
 * Starts a call beneath the readable stream that grpc-js would make of it: that and what leads up to it
 * are a part of what a stream costs to start, and are not needed here.
 */
function startCall(
  call: Call,
  request: { metadata: Metadata; message: Buffer },
  deserialize: AgentInterface['deserialize'],
  whenOver: (cancelled: boolean) => void,
): AgentCall {
  let end: StatusObject | undefined;
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

  const startReading = () => {
    if (reader === undefined || (metadata === undefined && end === undefined)) return;
    const stream = tapped?.stream ?? (handedOn ??= handOnMessages(call));
    flow ??= readFrames(stream, deserialize, messageLimitBytes, reader);
    if (end !== undefined) flow.close();
  };

  call.start(request.metadata, {
    onReceiveMetadata(received) {
      metadata = received;
      tapped = tappedCallOf(call);
      settle?.();
      startReading();
    },
    // Comes only where it was asked for: where the frames are not tapped.
    onReceiveMessage: (message: Buffer) => handedOn?.take(message),
    onReceiveStatus(received) {
      tapped?.release();
      end = isTooLarge(received) ? { ...received, code: status.INTERNAL } : received;
      // A deadline that passes here resets the call like a cancel, and so does a message that we refuse.
      whenOver(cancelled || end !== received || received.code === status.DEADLINE_EXCEEDED);
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
          else if (end !== undefined && end.code !== status.OK) reject(errorOfGrpcStatus(end));
          else resolve();
        };
        const giveUp = () => settle?.();
        const timer = setTimeout(giveUp, waitMs);
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
          else failed(errorOfGrpcStatus(end));
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

/** grpc-js has one status for a message beyond our limit and for an agent that is overloaded. */
function isTooLarge({ code, details }: StatusObject): boolean {
  return (
    code === status.RESOURCE_EXHAUSTED && details.startsWith('Received message larger than max')
  );
}
