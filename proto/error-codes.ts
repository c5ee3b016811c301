import { status } from '@grpc/grpc-js';

interface ErrorKind {
  /** The HTTP status before a stream starts; later the same error is an event. */
  httpStatus: number;
  /** What happened, for people. */
  error: string;
  /** The gRPC statuses of an agent's call that mean this error. */
  grpcStatuses: readonly status[];
}

/**
 * All errors that a client can get, by code (A4, C3). scripts/write-error-table.ts has their documentation.
 *
 * HTTP statuses follow the table of googleapis, grpc-gateway and Connect, with one exception: a CANCELLED
 * that the gateway has not caused means that the agent went away, not the client.
 */
export const errorKinds = {
  INVALID_REQUEST: {
    httpStatus: 400,
    error: 'The request is not valid',
    grpcStatuses: [status.INVALID_ARGUMENT, status.FAILED_PRECONDITION, status.OUT_OF_RANGE],
  },
  UNAUTHENTICATED: {
    httpStatus: 401,
    error: 'The request is not authenticated',
    grpcStatuses: [status.UNAUTHENTICATED],
  },
  FORBIDDEN: {
    httpStatus: 403,
    error: 'The request is not allowed',
    grpcStatuses: [status.PERMISSION_DENIED],
  },
  NOT_FOUND: {
    httpStatus: 404,
    error: 'Not found',
    grpcStatuses: [status.NOT_FOUND],
  },
  METHOD_NOT_ALLOWED: {
    httpStatus: 405,
    error: 'This method is not allowed here',
    grpcStatuses: [],
  },
  NOT_ACCEPTABLE: {
    httpStatus: 406,
    error: 'The client does not accept the response type',
    grpcStatuses: [],
  },
  CONFLICT: {
    httpStatus: 409,
    error: 'The request conflicts with another',
    grpcStatuses: [status.ALREADY_EXISTS, status.ABORTED],
  },
  PAYLOAD_TOO_LARGE: {
    httpStatus: 413,
    error: 'The request is too large',
    grpcStatuses: [],
  },
  UNSUPPORTED_MEDIA_TYPE: {
    httpStatus: 415,
    error: 'The request body is not JSON',
    grpcStatuses: [],
  },
  RATE_LIMITED: {
    httpStatus: 429,
    error: 'Too many requests',
    grpcStatuses: [status.RESOURCE_EXHAUSTED],
  },
  GENERATION_ERROR: {
    httpStatus: 500,
    error: 'The generation failed',
    grpcStatuses: [status.UNKNOWN, status.INTERNAL, status.DATA_LOSS],
  },
  INTERNAL: {
    httpStatus: 500,
    error: 'The gateway failed',
    grpcStatuses: [],
  },
  NOT_IMPLEMENTED: {
    httpStatus: 501,
    error: 'Not implemented',
    grpcStatuses: [status.UNIMPLEMENTED],
  },
  AGENT_UNAVAILABLE: {
    httpStatus: 503,
    error: 'The agent cannot be reached',
    grpcStatuses: [status.UNAVAILABLE, status.CANCELLED],
  },
  OVERLOADED: {
    httpStatus: 503,
    error: 'The gateway has reached its limit of streams',
    grpcStatuses: [],
  },
  SHUTTING_DOWN: {
    httpStatus: 503,
    error: 'The gateway is shutting down',
    grpcStatuses: [],
  },
  TIMEOUT: {
    httpStatus: 504,
    error: 'The generation took too long',
    grpcStatuses: [status.DEADLINE_EXCEEDED],
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are the codes
export const errorCodes = Object.keys(errorKinds) as ErrorCode[];

const codesOfGrpcStatuses = new Map<status, ErrorCode>(
  errorCodes.flatMap((code) =>
    errorKinds[code].grpcStatuses.map((grpcStatus) => [grpcStatus, code] as const),
  ),
);

/** Returns the error code for the end of an agent's call. */
export function codeOfGrpcStatus(grpcStatus: status): ErrorCode {
  return codesOfGrpcStatuses.get(grpcStatus) ?? 'GENERATION_ERROR';
}

/** 502 has no code of its own: proxies send it when the agent is unavailable. */
const badGateway = 502;

/** Returns the first code with that HTTP status, or a general one for 4xx and 5xx. */
export function codeOfWireStatus(httpStatus: number): ErrorCode {
  if (httpStatus === badGateway) return 'AGENT_UNAVAILABLE';
  const known = errorCodes.find((code) => errorKinds[code].httpStatus === httpStatus);
  return known ?? (httpStatus < 500 ? 'INVALID_REQUEST' : 'GENERATION_ERROR');
}
