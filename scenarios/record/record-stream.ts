import { RehearsalError } from '../console/rehearsal-error.ts';
import { givenChunksSchema, type TraceChunk } from '../../mock-agent/plan/trace.ts';
import type { Dialect } from '../../proto/dialects/dialect.ts';
import { dialectNamed } from '../../proto/dialects/index.ts';
import { endpointOf, generatePath } from '../../proto/interface.ts';
import { maskAddress, maskUrls } from '../console/mask-urls.ts';
import { recordGrpc } from './record-grpc.ts';
import { recordSse } from './record-sse.ts';
import { startRecorder, type RecordingLimits, type RecordingRequest } from './recorder.ts';

/**
 * Requests a stream and records the time, text and parts of each chunk, as a trace to replay.
 *
 * @param target the URL of a gateway (http, https; without a path, that of the format) or of an agent
 *   (`grpc://host:port`)
 * @throws RehearsalError (usage) for an invalid target
 * @throws RehearsalError (recording) for a stream that did not complete
 * @throws the signal's reason
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
    else await recordSse(endpointOf(url, pathOf(request.dialect)), request, recorder);
    recorder.signal.throwIfAborted();
  } finally {
    recorder.stop();
  }
  const chunks = recorder.chunks();
  const [issue] = givenChunksSchema.safeParse(chunks).error?.issues ?? [];
  if (issue !== undefined) {
    const place = issue.path.map((key) => (typeof key === 'number' ? `chunk ${key + 1}` : key));
    throw new RehearsalError(
      'recording',
      `no agent can replay this stream: ${[...place, issue.message].map(String).join(': ')}`,
    );
  }
  return chunks;
}

function pathOf(dialect: Dialect | undefined): string {
  return dialect === undefined ? generatePath : dialectNamed(dialect.name).path;
}

function parseTarget(target: string): URL {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined || !/^(?:https?|grpc):$/.test(url.protocol)) {
    throw new RehearsalError(
      'usage',
      `"${maskAddress(target)}" is not a URL with http, https or grpc`,
    );
  }
  // The message leaves out the URL, which contains a password.
  if (url.username !== '' || url.password !== '') {
    throw new RehearsalError(
      'usage',
      'a URL must not contain a user or a password; put a token into REHEARSAL_TOKEN',
    );
  }
  if (url.protocol === 'grpc:' && (url.port === '' || !/^\/?$/.test(url.pathname + url.search))) {
    throw new RehearsalError(
      'usage',
      `"${maskUrls(target)}": write the URL of an agent as grpc://host:port`,
    );
  }
  return url;
}
