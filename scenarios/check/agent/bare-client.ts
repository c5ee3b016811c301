import { performance } from 'node:perf_hooks';

import { Client, Metadata, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { z } from 'zod';

import { authorityOptions } from '../../../gateway/agent/agent-channels.ts';
import { createUntappedCredentials } from '../../../gateway/agent/grpc-internals.ts';
import type { AgentPlace } from './agent-socket.ts';
import { encodeRequest, generatePath, readChunk } from './request-bytes.ts';
import type { SeenCall, SeenChunk } from './seen.ts';

export interface CallOptions {
  prompt: string;
  /** `gpt-4` by default. */
  model?: string;
  /** Follow the fields of the request. */
  furtherBytes?: Buffer;
  metadata?: Readonly<Record<string, string>>;
  /** When the client cancels the call. */
  limitMs: number;
  signal: AbortSignal;
}

/** A gRPC client without a gateway: one connection, messages as bytes. */
export interface BareClient {
  /**
   * Makes a call and reads it to its end. Never rejects for what the agent does.
   * @throws the signal's reason
   */
  call(options: CallOptions): Promise<SeenCall>;
  /** Resolves with the status of health of a service, or with the gRPC status that came in its place. */
  health(service: string): Promise<string>;
  /** Resolves with whether the agent accepted the connection in time. */
  isReachable(limitMs: number): Promise<boolean>;
  close(): void;
}

const usualModel = 'gpt-4';
const healthLimitMs = 5000;
const healthSchema = z.object({ status: z.string() });

export function openBareClient({
  address,
  access: { certificates, authority },
}: AgentPlace): BareClient {
  const client = new Client(address, createUntappedCredentials(certificates), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
    // grpc-js would use a proxy from the environment even for loopback.
    'grpc.enable_http_proxy': 0,
    ...(authority === undefined ? {} : authorityOptions(authority)),
  });
  return {
    call: (options) => callOnce(client, options),
    health: (service) =>
      new Promise((resolve) => {
        const check = healthService['Check'];
        if (check === undefined) throw new Error('the health service has no Check');
        client.makeUnaryRequest(
          check.path,
          check.requestSerialize,
          check.responseDeserialize,
          { service },
          new Metadata(),
          { deadline: Date.now() + healthLimitMs },
          (error, answer) =>
            resolve(error === null ? healthSchema.parse(answer).status : statusName(error.code)),
        );
      }),
    isReachable: (limitMs) =>
      new Promise((resolve) => {
        client.waitForReady(Date.now() + limitMs, (error) => resolve(error === undefined));
      }),
    close: () => client.close(),
  };
}

/** Returns the name of a gRPC status, such as `UNIMPLEMENTED`. */
export function statusName(code: number): string {
  return status[code] ?? `status ${code}`;
}

async function callOnce(client: Client, options: CallOptions): Promise<SeenCall> {
  const { prompt, model = usualModel, furtherBytes, metadata = {}, limitMs, signal } = options;
  signal.throwIfAborted();
  const sent = new Metadata();
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
  const startMs = performance.now();
  const chunks: SeenChunk[] = [];
  const call = client.makeServerStreamRequest<Buffer, Buffer>(
    generatePath,
    (bytes) => bytes,
    (bytes) => bytes,
    Buffer.concat([encodeRequest(prompt, model), ...(furtherBytes ? [furtherBytes] : [])]),
    sent,
  );
  let isOpen = false;
  const limit = setTimeout(() => {
    isOpen = true;
    call.cancel();
  }, limitMs);
  const abort = (): void => call.cancel();
  signal.addEventListener('abort', abort);
  call.on('data', (bytes: Buffer) => {
    chunks.push(readChunk(bytes, performance.now() - startMs));
  });
  call.on('error', () => {});
  const { code, details } = await new Promise<{ code: number; details: string }>((resolve) => {
    call.on('status', resolve);
  });
  clearTimeout(limit);
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();
  return {
    prompt,
    chunks,
    end: isOpen ? 'open' : 'status',
    endAtMs: performance.now() - startMs,
    status: isOpen ? null : { code, details },
  };
}
