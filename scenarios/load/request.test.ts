import { expect, test } from 'vitest';

import { requestKeyOf, requestSchema, requestTemplate } from './request.ts';

const request = requestSchema.parse({ prompt: 'a "story"', token: 'secret' });

test('the key contains the slot and the number of the stream in it', () => {
  expect(requestKeyOf(3, 0)).toBe('load-3-0');
});

test('every request has the specified body, the headers of the load and its own key', () => {
  const { requestFor } = requestTemplate(request, { 'X-Rehearsal-Scenario': 'healthy' });
  expect(requestFor('/a?b=c', 'load-0-1', null)).toEqual({
    path: '/a?b=c',
    body: '{"prompt":"a \\"story\\"","model":"gpt-4","stream":true}',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: 'Bearer secret',
      'x-rehearsal-scenario': 'healthy',
      'x-rehearsal-key': 'load-0-1',
    },
  });
});

test('over GET the request is that of an EventSource, with the headers of the load', () => {
  const { requestFor } = requestTemplate({ ...request, transport: 'get' }, {});
  expect(requestFor('/a?b=c', 'load-0-1', null)).toEqual({
    path: '/a?b=c&stream=true&prompt=a%20%22story%22&model=gpt-4',
    body: '',
    headers: {
      accept: 'text/event-stream',
      authorization: 'Bearer secret',
      'x-rehearsal-key': 'load-0-1',
    },
  });
  const { path } = requestFor('/a', 'load-1', { prompt: '写 & go?' });
  expect(new URL(path, 'http://x').searchParams.get('prompt')).toBe('写 & go?');
});

test('over WebSocket the body is that of a POST, and the upgrade has no content type', () => {
  const { requestFor } = requestTemplate({ ...request, transport: 'websocket' }, {});
  expect(requestFor('/a?b=c', 'load-0-1', null)).toEqual({
    path: '/a?b=c',
    body: '{"prompt":"a \\"story\\"","model":"gpt-4","stream":true}',
    headers: { authorization: 'Bearer secret', 'x-rehearsal-key': 'load-0-1' },
  });
});

test('over GET the fields of the request replace those of the target', () => {
  const { requestFor } = requestTemplate({ ...request, prompt: 'p', transport: 'get' }, {});
  const { path } = requestFor('/a?model=x&tenant=%C3%A9&prompt&stream=false&', 'k', null);
  expect(path).toBe('/a?tenant=%C3%A9&stream=true&prompt=p&model=gpt-4');
});

test('for a gateway that does not forward headers, each prompt has the key of its stream', () => {
  const { requestFor } = requestTemplate(request, {}, { keyInPrompt: true });
  const bodyOf = (prompt: string) => `{"prompt":"${prompt}","model":"gpt-4","stream":true}`;
  const shared = requestFor('/', 'load-0-1', null);
  expect(shared.body).toBe(bodyOf('a \\"story\\" [rehearsal-key load-0-1]'));
  const own = requestFor('/', 'load-2', { prompt: 'own' });
  expect(own.body).toBe(bodyOf('own [rehearsal-key load-2]'));
  const get = requestTemplate({ ...request, transport: 'get' }, {}, { keyInPrompt: true });
  expect(get.requestFor('/', 'k', { prompt: 'own' }).path).toBe(
    '/?stream=true&prompt=own%20%5Brehearsal-key%20k%5D&model=gpt-4',
  );
});

test('a header of the load replaces ours, with its name in any case', () => {
  const { requestFor } = requestTemplate(request, { Authorization: 'Basic eA==' });
  expect(requestFor('/', 'k', null).headers).toMatchObject({ authorization: 'Basic eA==' });
});

test('an invalid header is refused', () => {
  expect(() => requestTemplate(request, { 'x-a': 'b\r\nx-c: d' })).toThrow(TypeError);
  expect(() => requestTemplate(request, { 'x a': 'b' })).toThrow(TypeError);
});

test('headers and body fields come from the scenario, secrets from the environment', () => {
  const { requestFor, redact } = requestTemplate(
    requestSchema.parse({
      prompt: 'p',
      token: { env: 'A_TOKEN' },
      headers: { 'X-Tenant': 'blue', 'X-Api-Key': { env: 'A_KEY' } },
      body: { temperature: 0.5, options: { tools: [] } },
    }),
    {},
    { environment: { A_TOKEN: 't0ken', A_KEY: 'k3y' } },
  );
  const { body, headers } = requestFor('/', 'k', null);
  expect(JSON.parse(body)).toEqual({
    prompt: 'p',
    model: 'gpt-4',
    stream: true,
    temperature: 0.5,
    options: { tools: [] },
  });
  expect(headers).toMatchObject({
    authorization: 'Bearer t0ken',
    'x-tenant': 'blue',
    'x-api-key': 'k3y',
  });
  expect(redact('status 401 NO t0ken NOR k3y')).toBe('status 401 NO *** NOR ***');
});

test('the message for a missing or invalid secret has its key, not its value', () => {
  const template = (environment: NodeJS.ProcessEnv) => () =>
    requestTemplate(requestSchema.parse({ token: { env: 'A_TOKEN' } }), {}, { environment });
  const missing = 'load.request.token: the environment variable A_TOKEN is not set';
  expect(template({})).toThrow(missing);
  expect(template({ A_TOKEN: '' })).toThrow(missing);
  expect(template({ A_TOKEN: 'two words' })).toThrow(
    /^load\.request\.token: the environment variable A_TOKEN: a token has visible ASCII characters only, and no spaces$/,
  );
});

test('a scenario cannot set the headers and fields that the load sets', () => {
  const pathsOf = (request: unknown) =>
    requestSchema.safeParse(request).error?.issues.map(({ path }) => path.join('.'));
  expect(pathsOf({ headers: { 'X-Rehearsal-Key': 'a' } })).toEqual(['headers.X-Rehearsal-Key']);
  expect(pathsOf({ headers: { 'content-length': '1' } })).toEqual(['headers.content-length']);
  expect(pathsOf({ headers: { 'x-a': 'b\r\nx-c: d' } })).toEqual(['headers.x-a']);
  expect(pathsOf({ body: { stream: false } })).toEqual(['body.stream']);
});
