import { credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';

import { AgentServiceClient, type StreamChunk } from '../../proto/agent-service.ts';
import type { Recorder, RecordingRequest } from './recorder.ts';

/**
 * Records the stream of an agent (specification A5), chunk by chunk. Resolves after its final chunk.
 * @param address `host:port`
 * @throws RehearsalError (recording) for a stream that did not complete, and the reason of the recorder's signal
 */
export async function recordGrpc(
  address: string,
  { prompt, model, token }: RecordingRequest,
  recorder: Recorder,
): Promise<void> {
  const { signal } = recorder;
  const client = new AgentServiceClient(address, credentials.createInsecure(), {
    // grpc-js would use a proxy from the environment even for loopback.
    'grpc.enable_http_proxy': 0,
  });
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  const call = client.generateTextStream({ prompt, model }, metadata);
  const cancel = () => call.cancel();
  signal.addEventListener('abort', cancel);
  try {
    await new Promise<void>((resolve, reject) => {
      call.on('data', ({ delta, isFinal, error }: StreamChunk) => {
        if (error !== '') {
          reject(recorder.failure(`the stream failed: ${error}`));
          return;
        }
        recorder.add(delta);
        if (isFinal) resolve();
      });
      call.on('end', () => reject(recorder.failure('the stream ended without a final chunk')));
      call.on('error', ({ code, details }: ServiceError) =>
        reject(recorder.failure(`the stream failed: ${status[code]}: ${details.trim()}`)),
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
