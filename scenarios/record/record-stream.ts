import { RehearsalError } from '../console/rehearsal-error.ts';
import { givenChunksSchema, type TraceChunk } from '../../mock-agent/plan/trace.ts';
import { endpointOf } from '../../proto/interface.ts';
import { maskAddress, maskUrls } from '../console/mask-urls.ts';
import { recordGrpc } from './record-grpc.ts';
import { recordSse } from './record-sse.ts';
import { startRecorder, type RecordingLimits, type RecordingRequest } from './recorder.ts';

/**
 * Asks for a stream and writes down when which chunk came, as a trace that replays it.
 *
 * @param target a gateway's URL (http, https; one that names no path has the specified one) or an
 *   agent's (`grpc://host:port`)
 * @throws RehearsalError (usage) for a target that is none
 * @throws RehearsalError (recording) for a stream that did not end well: half a stream is no trace
 * @throws the signal's reason where that ends the recording
 */
export async function recordStream(
  target: string,
  request: RecordingRequest,
  limits: RecordingLimits,
  signal: AbortSignal,
): Promise<readonly TraceChunk[]> {
  const url = parseTarget(target);
  const recorder = startRecorder(limits, signal);
  try {
    if (url.protocol === 'grpc:') await recordGrpc(url.host, request, recorder);
    else await recordSse(endpointOf(url), request, recorder);
    recorder.signal.throwIfAborted();
  } finally {
    recorder.stop();
  }
  const [wrong] = givenChunksSchema.safeParse(recorder.chunks).error?.issues ?? [];
  if (wrong !== undefined) {
    const where = wrong.path.map((key) => (typeof key === 'number' ? `chunk ${key + 1}` : key));
    throw new RehearsalError(
      'recording',
      `no agent could send what came: ${[...where, wrong.message].map(String).join(': ')}`,
    );
  }
  return recorder.chunks;
}

function parseTarget(target: string): URL {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined || !/^(?:https?|grpc):$/.test(url.protocol)) {
    throw new RehearsalError('usage', `"${maskAddress(target)}" is no URL of http, https or grpc`);
  }
  // Not shown: there is a password in it.
  if (url.username !== '' || url.password !== '') {
    throw new RehearsalError(
      'usage',
      'a URL must not hold a user or a password; REHEARSAL_TOKEN may hold a token',
    );
  }
  if (url.protocol === 'grpc:' && (url.port === '' || !/^\/?$/.test(url.pathname + url.search))) {
    throw new RehearsalError(
      'usage',
      `"${maskUrls(target)}": an agent is named by host and port alone, grpc://host:port`,
    );
  }
  return url;
}
