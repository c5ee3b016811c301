import {
  Client,
  credentials,
  status,
  type Metadata,
  type ChannelOptions,
  type ClientReadableStream,
  type StatusObject,
} from '@grpc/grpc-js';

import type { StreamChunk } from '../proto/agent-service.ts';
import type { AgentInterface } from './agent-interface.ts';
import {
  createTappedCredentials,
  readAsStream,
  readFrames,
  tappedCallOf,
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
 * cost, or the way grpc-js offers. Where it does not let its frames be tapped, that way all the same.
 */
export type Reading = 'tapped' | 'as-stream';

/** A client of the agent at `host:port`. It connects with the first call, and again whenever it has to. */
export function createAgentClient(
  address: string,
  { path, serialize, deserialize }: AgentInterface,
  reading: Reading = 'tapped',
): AgentClient {
  const startReading: StartReading = (call, tapped, reader) =>
    tapped === undefined
      ? readAsStream(call, reader)
      : readFrames(tapped.stream, deserialize, messageLimitBytes, reader);
  const makeCredentials =
    reading === 'tapped' ? createTappedCredentials : credentials.createInsecure;
  const pool = createChannelPool(() => new Client(address, makeCredentials(), channelOptions));
  return {
    generate({ prompt, model, metadata }, limitMs) {
      const deadline = Date.now() + limitMs;
      const { channel, release } = pool.lease();
      return agentCall(
        channel.makeServerStreamRequest(path, serialize, deserialize, { prompt, model }, metadata, {
          deadline,
        }),
        startReading,
        release,
      );
    },
    close: pool.close,
  };
}

type StartReading = (
  call: ClientReadableStream<StreamChunk>,
  tapped: TappedCall | undefined,
  reader: MessageReader,
) => MessageFlow;

function agentCall(
  call: ClientReadableStream<StreamChunk>,
  startReading: StartReading,
  whenOver: (cancelled: boolean) => void,
): AgentCall {
  let end: StatusObject | undefined;
  let cancelled = false;
  let flow: MessageFlow | undefined;
  let metadata: Metadata | undefined;
  let tapped: TappedCall | undefined;
  call.once('metadata', (received) => {
    metadata = received;
    tapped = tappedCallOf(call);
  });
  call.once('status', (received: StatusObject) => {
    tapped?.release();
    end = isTooLarge(received) ? { ...received, code: status.INTERNAL } : received;
    // A deadline that passes here resets the call like a cancel, and so does a message that we refuse.
    whenOver(cancelled || end !== received || received.code === status.DEADLINE_EXCEEDED);
  });
  // The same news as `status`, which follows at once; without a listener it would end the process.
  call.on('error', () => {});

  return {
    get metadata() {
      return metadata;
    },
    accepted(waitMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const settle = () => {
          clearTimeout(timer);
          call.off('metadata', settle);
          call.off('status', settle);
          signal.removeEventListener('abort', settle);
          if (signal.aborted) reject(signal.reason);
          else if (end !== undefined && end.code !== status.OK) reject(errorOfGrpcStatus(end));
          else resolve();
        };
        const timer = setTimeout(settle, waitMs);
        signal.addEventListener('abort', settle);
        call.once('metadata', settle);
        // An agent that refuses, or that has nothing to say, sends its status alone.
        call.once('status', settle);
      });
    },
    read(reader) {
      // Not at the status: that overtakes the chunks which still wait to be read.
      const done = () => {
        if (cancelled || end === undefined) return;
        if (end.code === status.OK) reader.ended();
        else reader.failed(errorOfGrpcStatus(end));
      };
      const start = () => {
        flow ??= startReading(call, tapped, {
          chunk: reader.chunk,
          done,
          refused(details) {
            if (cancelled) return;
            cancelled = true;
            call.cancel();
            reader.failed(errorOfGrpcStatus({ code: status.INTERNAL, details }));
          },
        });
        if (end !== undefined) flow.close();
      };
      if (metadata !== undefined || end !== undefined) start();
      else call.once('metadata', start);
      call.once('status', start);
    },
    pause: () => flow?.pause(),
    resume: () => flow?.resume(),
    cancel() {
      cancelled = true;
      flow?.stop();
      call.cancel();
    },
  };
}

/** grpc-js has one status for a message beyond our limit and for an agent that is overloaded. */
function isTooLarge({ code, details }: StatusObject): boolean {
  return (
    code === status.RESOURCE_EXHAUSTED && details.startsWith('Received message larger than max')
  );
}
