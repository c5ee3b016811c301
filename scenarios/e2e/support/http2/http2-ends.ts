import { frameFlags, frameTypes } from '../../../../proto/http2/http2-frames.ts';
import {
  callHeaders,
  frameOf,
  headersFrame,
  noBytes,
  uint32,
} from '../../../../proto/testing/http2-bytes.ts';
import { generatePath } from '../../../../proto/interface.ts';
import { floodSize, messageOf, times, type Context, type Part } from './http2-parts.ts';

const { endStream, endHeaders } = frameFlags;

const paths = [
  '/ai.agent.v1.AIAgentService/GenerateTextStream',
  '/no.Such/Method',
  '/grpc.health.v1.Health/Check',
  '/grpc.health.v1.Health/Watch',
  '/',
  '',
];

/** Valid and nearly valid HTTP/2 requests to a gateway. */
const gatewayHeaders = (c: Context) => ({
  ':method': c.oneOf(['GET', 'POST', 'POST', 'HEAD', 'OPTIONS', 'CONNECT', 'DELETE', 'PRI']),
  ':scheme': c.oneOf(['https', 'https', 'http', '']),
  ':authority': c.oneOf(['127.0.0.1', 'a:80', '', 'a b']),
  ':path': c.oneOf([
    `${generatePath}?prompt=a&speed=instant`,
    generatePath,
    '/v1/chat/completions',
    '/v1/responses/x?stream=true',
    '/metrics',
    '*',
    '/%',
    '',
  ]),
  ...c.oneOf<Record<string, string>>([
    { 'content-type': 'application/json' },
    { 'content-type': 'application/json', 'content-length': c.oneOf(['2', '99999', 'x', '-1']) },
    { expect: c.oneOf(['100-continue', 'more']) },
    { host: 'other' },
    { connection: 'close' },
    { te: 'trailers' },
    { 'content-encoding': 'gzip', 'content-type': 'application/json' },
    { 'last-event-id': c.oneOf(['3~', '999999', '~']) },
    { 'x-long': 'a'.repeat(c.below(12_000)) },
    { 'x-rehearsal-fault': c.oneOf(['cut', 'reset', 'stall', '{']) },
  ]),
});

const gatewayBody = (c: Context) =>
  Buffer.from(
    c.oneOf(['{"prompt":"a"}', '{"prompt"', '', '{}', '{"model":"m","messages":[],"stream":true}']),
  );

/** Parts that only a client of the gateway sends. */
export const gatewayClientEnd: Record<string, Part> = {
  request: (c) => {
    const id = c.newId();
    return Buffer.concat([
      headersFrame(id, gatewayHeaders(c)),
      frameOf(0, endStream, id, gatewayBody(c)),
    ]);
  },
  'request without a body': (c) =>
    headersFrame(c.newId(), gatewayHeaders(c), endHeaders | endStream),
  'request without an end': (c) => headersFrame(c.newId(), gatewayHeaders(c)),
  'request and reset': (c) => {
    const id = c.newId();
    return Buffer.concat([
      headersFrame(id, gatewayHeaders(c), c.oneOf([endHeaders, endHeaders | endStream])),
      frameOf(frameTypes.reset, 0, id, uint32(c.below(14))),
    ]);
  },
  'a flood of requests and resets': (c) =>
    times(floodSize(c), () => gatewayClientEnd['request and reset']?.(c) ?? noBytes),
  'data after the end': (c) => frameOf(0, endStream, c.id(), gatewayBody(c)),
  'headers of an open request': (c) =>
    headersFrame(c.id(), gatewayHeaders(c), c.oneOf([endHeaders, endHeaders | endStream])),
};

const requestHeaders = (c: Context) =>
  callHeaders(
    c.oneOf(paths),
    c.oneOf<Record<string, string>>([
      {},
      {},
      { 'content-type': 'text/html' },
      { 'grpc-timeout': c.oneOf(['1m', '1S', 'x', '99999999H']) },
      { 'content-length': '3' },
      { ':method': 'GET' },
      { 'X-Upper': 'a' },
      { 'x-bin': '%%%' },
      { 'grpc-encoding': c.oneOf(['gzip', 'snappy']) },
      { connection: 'close' },
      { 'x-rehearsal-key': 'a'.repeat(c.below(9000)) },
    ]),
  );

/** Parts that only a client sends. */
export const clientEnd: Record<string, Part> = {
  call: (c) => {
    const id = c.newId();
    return Buffer.concat([
      headersFrame(id, requestHeaders(c)),
      frameOf(0, endStream, id, messageOf(c)),
    ]);
  },
  'call without an end': (c) => headersFrame(c.newId(), requestHeaders(c)),
  'call and cancel': (c) => {
    const id = c.newId();
    return Buffer.concat([
      headersFrame(id, requestHeaders(c), c.oneOf([endHeaders, endHeaders | endStream])),
      frameOf(frameTypes.reset, 0, id, uint32(8)),
    ]);
  },
  'a flood of calls and cancels': (c) =>
    times(floodSize(c), () => clientEnd['call and cancel']?.(c) ?? noBytes),
  'headers of an open stream': (c) =>
    headersFrame(c.id(), requestHeaders(c), c.oneOf([endHeaders, endHeaders | endStream])),
};

const answerHeaders = (c: Context) =>
  c.oneOf<Record<string, string>>([
    { ':status': '200', 'content-type': 'application/grpc' },
    { ':status': '200', 'content-type': 'application/grpc' },
    { ':status': '200', 'content-type': 'application/grpc', 'grpc-encoding': 'gzip' },
    { ':status': c.oneOf(['401', '404', '503', '200']), 'content-type': 'text/html' },
    { ':status': c.oneOf(['100', '103', '204']) },
    { ':status': c.oneOf(['abc', '', '99999']), 'content-type': 'application/grpc' },
    { 'content-type': 'application/grpc' },
    {
      ':status': '200',
      'content-type': 'application/grpc',
      'x-rehearsal-wire': c.oneOf(['[', '[]', '{}']),
    },
    { ':status': '200', 'content-type': 'application/grpc', 'content-length': '5' },
    { ':status': '200', 'content-type': 'application/grpc', 'x-bin': '%%' },
  ]);

const trailers = (c: Context) =>
  c.oneOf<Record<string, string>>([
    { 'grpc-status': '0' },
    {
      'grpc-status': c.oneOf(['8', '14', '99', '-1', 'x', '']),
      'grpc-message': c.oneOf(['no', '%', '%E5%86%99', '%FF']),
    },
    {},
    { ':status': '200' },
  ]);

/** Parts that only a server sends. */
export const serverEnd: Record<string, Part> = {
  answer: (c) => headersFrame(c.id(), answerHeaders(c)),
  'whole answer': (c) => {
    const id = c.id();
    return Buffer.concat([
      headersFrame(id, answerHeaders(c)),
      frameOf(0, 0, id, messageOf(c)),
      headersFrame(id, trailers(c), endHeaders | endStream),
    ]);
  },
  'answer and reset': (c) => {
    const id = c.id();
    return Buffer.concat([
      headersFrame(id, answerHeaders(c)),
      frameOf(frameTypes.reset, 0, id, uint32(c.below(14))),
    ]);
  },
  'status alone': (c) =>
    headersFrame(c.id(), { ...answerHeaders(c), ...trailers(c) }, endHeaders | endStream),
  trailers: (c) => headersFrame(c.id(), trailers(c), endHeaders | endStream),
  messages: (c) => times(1 + c.below(20), () => frameOf(0, 0, 1, messageOf(c))),
};
