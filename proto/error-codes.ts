import type { status } from '@grpc/grpc-js';

/** The name of a gRPC status, such as `UNAVAILABLE`. */
type GrpcStatusName = keyof typeof status;

interface ErrorKind {
  /** The HTTP status before a stream starts; later the same error is an event. */
  httpStatus: number;
  /** What happened, for people. */
  error: string;
  /** The gRPC statuses of an agent's call that mean this error. */
  grpcStatuses: readonly GrpcStatusName[];
}

/**
 * All errors that a client can get, by code (A4, C3). scripts/generate/write-error-table.ts has their documentation.
 *
 * HTTP statuses follow the table of googleapis, grpc-gateway and Connect, with one exception: a CANCELLED
 * that the gateway has not caused means that the agent went away, not the client.
 */
export const errorKinds = {
  INVALID_REQUEST: {
    httpStatus: 400,
    error: 'The request is not valid',
    grpcStatuses: ['INVALID_ARGUMENT', 'FAILED_PRECONDITION', 'OUT_OF_RANGE'],
  },
  UNAUTHENTICATED: {
    httpStatus: 401,
    error: 'The request is not authenticated',
    grpcStatuses: ['UNAUTHENTICATED'],
  },
  FORBIDDEN: {
    httpStatus: 403,
    error: 'The request is not allowed',
    grpcStatuses: ['PERMISSION_DENIED'],
  },
  NOT_FOUND: {
    httpStatus: 404,
    error: 'Not found',
    grpcStatuses: ['NOT_FOUND'],
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
    grpcStatuses: ['ALREADY_EXISTS', 'ABORTED'],
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
    grpcStatuses: ['RESOURCE_EXHAUSTED'],
  },
  GENERATION_ERROR: {
    httpStatus: 500,
    error: 'The generation failed',
    grpcStatuses: ['UNKNOWN', 'INTERNAL', 'DATA_LOSS'],
  },
  INTERNAL: {
    httpStatus: 500,
    error: 'The gateway failed',
    grpcStatuses: [],
  },
  NOT_IMPLEMENTED: {
    httpStatus: 501,
    error: 'Not implemented',
    grpcStatuses: ['UNIMPLEMENTED'],
  },
  AGENT_UNAVAILABLE: {
    httpStatus: 503,
    error: 'The agent cannot be reached',
    grpcStatuses: ['UNAVAILABLE', 'CANCELLED'],
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
    grpcStatuses: ['DEADLINE_EXCEEDED'],
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are the codes
export const errorCodes = Object.keys(errorKinds) as ErrorCode[];

const codesOfGrpcStatuses = new Map<string, ErrorCode>(
  errorCodes.flatMap((code) =>
    errorKinds[code].grpcStatuses.map((grpcStatus) => [grpcStatus, code] as const),
  ),
);

/**
 * Returns the error code for the end of an agent's call.
 * @param name of its gRPC status; undefined for a number that gRPC does not define
 */
export function codeOfGrpcStatus(name: string | undefined): ErrorCode {
  return codesOfGrpcStatuses.get(name ?? '') ?? 'GENERATION_ERROR';
}

/** 502 has no code of its own: proxies send it when the agent is unavailable. */
const badGateway = 502;

/** Returns the first code with that HTTP status, or a general one for 4xx and 5xx. */
export function codeOfWireStatus(httpStatus: number): ErrorCode {
  if (httpStatus === badGateway) return 'AGENT_UNAVAILABLE';
  const known = errorCodes.find((code) => errorKinds[code].httpStatus === httpStatus);
  return known ?? (httpStatus < 500 ? 'INVALID_REQUEST' : 'GENERATION_ERROR');
}
