import { readFileSync } from 'node:fs';

import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { errorBody, errorKinds, errorOfGrpcStatus, toGatewayError } from './errors.ts';

/** The rows of the documented table: code, HTTP status, gRPC statuses. */
const documented = readFileSync(new URL('../docs/protocol.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^\| `[A-Z_]+` +\|/.test(line))
  .map((line) => {
    const [, code = '', httpStatus, grpcStatuses = ''] = line.split('|').map((cell) => cell.trim());
    return {
      code: code.replaceAll('`', ''),
      httpStatus: Number(httpStatus),
      grpcStatuses: [...grpcStatuses.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
    };
  });

test('the documented table of errors is the one in the code', () => {
  expect(documented).toEqual(
    Object.entries(errorKinds).map(([code, kind]) => ({
      code,
      httpStatus: kind.httpStatus,
      grpcStatuses: kind.grpcStatuses.map((grpcStatus) => status[grpcStatus]),
    })),
  );
});

test('every gRPC status but OK is an error of exactly one code', () => {
  const mapped = Object.values(errorKinds).flatMap((kind): status[] => [...kind.grpcStatuses]);
  const all = Object.values(status).filter(
    (value) => typeof value === 'number' && value !== status.OK,
  );
  expect(mapped.toSorted((a, b) => a - b)).toEqual(all);
});

test('an agent that says nothing of its error is quoted with its status', () => {
  expect(errorBody(errorOfGrpcStatus({ code: status.INTERNAL, details: '' }))).toEqual({
    error: 'The generation failed',
    code: 'GENERATION_ERROR',
    details: 'the agent ended the call with status INTERNAL',
  });
});

test('what nobody expected is told without its cause, and keeps it for the log', () => {
  const cause = new Error('password=hunter2');
  const error = toGatewayError(cause);
  expect(error).toMatchObject({ code: 'INTERNAL', cause });
  expect(JSON.stringify(errorBody(error))).not.toContain('hunter2');
});
