import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

import { authorityOptions } from '../../gateway/agent/agent-channels.ts';
import { wordsOfTls } from '../../gateway/agent/explain-tls-error.ts';
import { createUntappedCredentials } from '../../gateway/agent/grpc-internals.ts';
import { AgentServiceClient, type StreamChunk } from '../../proto/agent-service.ts';
import type { Parts } from '../../proto/parts.ts';
import type { Recorder, RecordingRequest } from './recorder.ts';

/**
 * Records the stream of an agent (specification A5), chunk by chunk. Resolves after its final chunk.
 * @param address `host:port`; over TLS if the request has certificates
 * @throws RehearsalError (recording) for a stream that did not complete, and the reason of the recorder's signal
 */
export async function recordGrpc(
  address: string,
  { prompt, model, token, headers = {}, access = {} }: RecordingRequest,
  recorder: Recorder,
): Promise<void> {
  const { signal } = recorder;
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(headers)) {
    if (name.endsWith('-bin')) throw recorder.failure(`gRPC does not allow a text as ${name}`);
    metadata.set(name, value);
  }
  const client = new AgentServiceClient(address, createUntappedCredentials(access.certificates), {
    // grpc-js would use a proxy from the environment even for loopback.
    'grpc.enable_http_proxy': 0,
    ...(access.authority === undefined ? {} : authorityOptions(access.authority)),
  });
  const call = client.generateTextStream({ prompt, model }, metadata);
  const cancel = () => call.cancel();
  signal.addEventListener('abort', cancel);
  try {
    await new Promise<void>((resolve, reject) => {
      call.on('data', ({ delta, isFinal, error, parts }: StreamChunk) => {
        if (error !== '') {
          reject(recorder.failure(`the stream failed: ${error}`));
          return;
        }
        addTo(recorder, delta, parts);
        if (isFinal) resolve();
      });
      call.on('end', () => reject(recorder.failure('the stream ended without a final chunk')));
      call.on('error', ({ code, details }: ServiceError) =>
        reject(recorder.failure(`the stream failed: ${status[code]}: ${explain(details)}`)),
      );
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
    call.cancel();
    client.close();
  }
}

/** Says in words what is wrong with a connection over TLS; other details stay as they are. */
function explain(details: string): string {
  return (details.startsWith('No connection') ? wordsOfTls(details) : undefined) ?? details.trim();
}

/** Adds a chunk with its parts. */
function addTo(
  recorder: Recorder,
  text: string,
  { toolCalls = [], finishReason, usage, ...reasoning }: Parts = {},
): void {
  if (finishReason !== undefined) recorder.setEnding({ finishReason });
  if (usage !== undefined) recorder.setEnding({ usage });
  recorder.add({
    text,
    ...reasoning,
    ...(toolCalls.length === 0 ? {} : { toolCalls: [...toolCalls] }),
  });
}
