import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { errorKinds } from '../proto/error-codes.ts';
import { errorBody, errorOfGrpcStatus, toGatewayError } from './errors.ts';

test('every gRPC status but OK is an error of exactly one code', () => {
  const mapped = Object.values(errorKinds).flatMap((kind): string[] => [...kind.grpcStatuses]);
  const all = Object.keys(status).filter((name) => /^[A-Z_]+$/.test(name) && name !== 'OK');
  expect(mapped.toSorted()).toEqual(all.toSorted());
});

test('the details of an agent’s error without details are its status', () => {
  expect(errorBody(errorOfGrpcStatus({ code: status.INTERNAL, details: '' }))).toEqual({
    error: 'The generation failed',
    code: 'GENERATION_ERROR',
    details: 'the agent ended the call with status INTERNAL',
  });
});

test('the deadline of a call is the time limit of the stream, in those words', () => {
  const details =
    'Deadline exceeded after 10.008s,name resolution: 0.001s,LB pick: 0.001s,remote_addr=127.0.0.1:4271';
  expect(errorOfGrpcStatus({ code: status.DEADLINE_EXCEEDED, details })).toMatchObject({
    code: 'TIMEOUT',
    details: 'the stream reached its time limit',
  });
  expect(
    errorOfGrpcStatus({ code: status.DEADLINE_EXCEEDED, details: 'model too slow' }),
  ).toMatchObject({ code: 'TIMEOUT', details: 'model too slow' });
});

test('details of a failed connection are logged, without an empty resolution note; an agent’s are not', () => {
  const refused = errorOfGrpcStatus({
    code: status.UNAVAILABLE,
    details: 'No connection established. Last error: connect ECONNREFUSED ::1:1. Resolution note: ',
  });
  expect(refused).toMatchObject({
    details: 'no connection to the agent: connect ECONNREFUSED ::1:1',
    isAgents: false,
  });
  const words = { code: status.UNAVAILABLE, details: 'no room for "hello"' };
  expect(errorOfGrpcStatus(words).isAgents).toBe(true);
  expect(errorOfGrpcStatus(words, true).isAgents).toBe(false);
});

test('an unexpected error hides its cause from the client and keeps it for the log', () => {
  const cause = new Error('password=hunter2');
  const error = toGatewayError(cause);
  expect(error).toMatchObject({ code: 'INTERNAL', cause });
  expect(JSON.stringify(errorBody(error))).not.toContain('hunter2');
});
