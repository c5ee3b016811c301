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
 *   (`grpc://host:port`, over TLS `grpcs://host:port` with the certificates of the request)
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
    if (isAgent(url)) await recordGrpc(url.host, withTls(url, request), recorder);
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

/** Makes sure that `grpcs:` is never a connection without TLS. */
function withTls({ protocol }: URL, request: RecordingRequest): RecordingRequest {
  if (protocol !== 'grpcs:' || request.access?.certificates !== undefined) return request;
  const certificates = { current: () => ({}) };
  return { ...request, access: { ...request.access, certificates } };
}

const isAgent = ({ protocol }: URL) => protocol === 'grpc:' || protocol === 'grpcs:';

function pathOf(dialect: Dialect | undefined): string {
  return dialect === undefined ? generatePath : dialectNamed(dialect.name).path;
}

function parseTarget(target: string): URL {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined || !/^(?:https?|grpcs?):$/.test(url.protocol)) {
    throw new RehearsalError(
      'usage',
      `"${maskAddress(target)}" is not a URL with http, https, grpc or grpcs`,
    );
  }
  // The message leaves out the URL, which contains a password.
  if (url.username !== '' || url.password !== '') {
    throw new RehearsalError(
      'usage',
      'a URL must not contain a user or a password; put a token into REHEARSAL_TOKEN',
    );
  }
  if (isAgent(url) && (url.port === '' || !/^\/?$/.test(url.pathname + url.search))) {
    throw new RehearsalError(
      'usage',
      `"${maskUrls(target)}": write the URL of an agent as ${url.protocol}//host:port`,
    );
  }
  return url;
}
