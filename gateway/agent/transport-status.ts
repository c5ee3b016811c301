import { Metadata, status, type StatusObject } from '@grpc/grpc-js';

/** The peer answered a call in HTTP, but not in gRPC. */
export class NotGrpc extends Error {}

/** What gRPC makes of an HTTP status (its http-grpc-status-mapping); UNKNOWN for any other. */
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
 * Returns the status of a call whose answer is not gRPC, such as a proxy's page; undefined for gRPC.
 * @param httpStatus undefined where it is not known
 */
export function statusOfHttpAnswer(
  metadata: Metadata,
  httpStatus: number | undefined,
): StatusObject | undefined {
  const contentType = String(metadata.get('content-type')[0] ?? '');
  if (grpcContentType.test(contentType)) return undefined;
  const what = [
    httpStatus === undefined ? undefined : `HTTP status ${httpStatus}`,
    contentType === '' ? 'no content type' : `content type ${contentType}`,
  ].filter((part) => part !== undefined);
  return {
    code: grpcOfHttp.get(httpStatus) ?? status.UNKNOWN,
    details: `the agent's address did not answer in gRPC: ${what.join(', ')}`,
    metadata: new Metadata(),
  };
}

/**
 * Returns a status that says what happened, where grpc-js uses one of an agent for its own limit or for
 * an error of the connection.
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
