import { status } from '@grpc/grpc-js';

interface ErrorKind {
  /** The status where no byte of a stream has been sent; later the same error comes as an event. */
  httpStatus: number;
  /** What happened, for a person. */
  error: string;
  /** Which ends of the agent's call are this error. */
  grpcStatuses: readonly status[];
}

/**
 * Every error that a client can meet, by its code (specification A4, C3). scripts/write-error-table.ts
 * has what the documentation says of each.
 *
 * HTTP statuses follow the table that googleapis, grpc-gateway and Connect share, with one exception:
 * a CANCELLED that nobody here asked for means that the agent went away, not that the client did.
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
    error: 'There is nothing here by that name',
    grpcStatuses: [status.NOT_FOUND],
  },
  METHOD_NOT_ALLOWED: {
    httpStatus: 405,
    error: 'This method is not allowed here',
    grpcStatuses: [],
  },
  NOT_ACCEPTABLE: {
    httpStatus: 406,
    error: 'The answer would not be accepted',
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
    error: 'This is not offered here',
    grpcStatuses: [status.UNIMPLEMENTED],
  },
  AGENT_UNAVAILABLE: {
    httpStatus: 503,
    error: 'The agent cannot be reached',
    grpcStatuses: [status.UNAVAILABLE, status.CANCELLED],
  },
  OVERLOADED: {
    httpStatus: 503,
    error: 'The gateway has as many streams as it may',
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

/** Returns the error that the end of an agent's call is. */
export function codeOfGrpcStatus(grpcStatus: status): ErrorCode {
  return codesOfGrpcStatuses.get(grpcStatus) ?? 'GENERATION_ERROR';
}

/** 502 has no code of its own: it is a proxy's word for an agent that it cannot use. */
const badGateway = 502;

/** The code of the first error with that HTTP status, else of any request or generation that failed. */
export function codeOfWireStatus(httpStatus: number): ErrorCode {
  if (httpStatus === badGateway) return 'AGENT_UNAVAILABLE';
  const known = errorCodes.find((code) => errorKinds[code].httpStatus === httpStatus);
  return known ?? (httpStatus < 500 ? 'INVALID_REQUEST' : 'GENERATION_ERROR');
}
