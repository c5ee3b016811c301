import { Metadata, status, type StatusObject } from '@grpc/grpc-js';

/** gRPC's http-grpc-status-mapping; other statuses are UNKNOWN. */
const grpcOfHttp = new Map<number | undefined, status>([
  [400, status.INTERNAL],
  [401, status.UNAUTHENTICATED],
  [403, status.PERMISSION_DENIED],
  [404, status.UNIMPLEMENTED],
  [429, status.UNAVAILABLE],
  [502, status.UNAVAILABLE],
  [503, status.UNAVAILABLE],
  [504, status.UNAVAILABLE],
]);

const grpcContentType = /^application\/grpc(?:[+;]|$)/iu;

/**
 * Returns the status of a call whose response is not gRPC, such as a proxy's page; undefined for gRPC.
 * @param httpStatus undefined if unknown
 */
export function statusOfHttpAnswer(
  metadata: Metadata,
  httpStatus: number | undefined,
): StatusObject | undefined {
  const contentType = String(metadata.get('content-type')[0] ?? '');
  if (grpcContentType.test(contentType)) return undefined;
  const facts = [
    httpStatus === undefined ? undefined : `HTTP status ${httpStatus}`,
    contentType === '' ? 'no content type' : `content type ${contentType}`,
  ].filter((part) => part !== undefined);
  return {
    code: grpcOfHttp.get(httpStatus) ?? status.UNKNOWN,
    details: `the agent's address did not answer in gRPC: ${facts.join(', ')}`,
    metadata: new Metadata(),
  };
}

/**
 * Corrects statuses that grpc-js sets for its own limits or for errors of the connection, so that they differ
 * from an agent's.
 */
export function readStatus(received: StatusObject): StatusObject {
  const { code, details } = received;
  if (
    code === status.RESOURCE_EXHAUSTED &&
    details.startsWith('Received message larger than max')
  ) {
    return { ...received, code: status.INTERNAL };
  }
  if (code === status.RESOURCE_EXHAUSTED && details === calm) {
    return unavailable(received, 'the agent ended the connection or the call: ENHANCE_YOUR_CALM');
  }
  if (code === status.PERMISSION_DENIED && details === insecure) {
    return unavailable(received, 'the agent ended the connection or the call: INADEQUATE_SECURITY');
  }
  return received;
}

const calm = 'Bandwidth exhausted or memory limit exceeded';
const insecure = 'Protocol not secure enough';

function unavailable(received: StatusObject, details: string): StatusObject {
  return { ...received, code: status.UNAVAILABLE, details };
}
