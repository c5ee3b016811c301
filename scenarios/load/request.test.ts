import { expect, test } from 'vitest';

import { requestKeyOf, requestSchema, requestTemplate } from './request.ts';

const request = requestSchema.parse({ prompt: 'a "story"', token: 'secret' });

test('the key contains the slot and the number of the stream in it', () => {
  expect(requestKeyOf(3, 0)).toBe('load-3-0');
});

test('every request has the specified body, the headers of the load and its own key', () => {
  const { body, headersFor } = requestTemplate(request, { 'X-Rehearsal-Scenario': 'healthy' });
  expect(body).toBe('{"prompt":"a \\"story\\"","model":"gpt-4","stream":true}');
  expect(headersFor('load-0-1')).toEqual({
    accept: 'text/event-stream',
    'content-type': 'application/json',
    authorization: 'Bearer secret',
    'x-rehearsal-scenario': 'healthy',
    'x-rehearsal-key': 'load-0-1',
  });
});

test('for a gateway that does not forward headers, each prompt has the key of its stream', () => {
  const { bodyFor } = requestTemplate(request, {}, { keyInPrompt: true });
  const bodyOf = (prompt: string) => `{"prompt":"${prompt}","model":"gpt-4","stream":true}`;
  expect(bodyFor('load-0-1', null)).toBe(bodyOf('a \\"story\\" [rehearsal-key load-0-1]'));
  expect(bodyFor('load-2', 'own')).toBe(bodyOf('own [rehearsal-key load-2]'));
  expect(requestTemplate(request, {}).bodyFor('load-0-1', null)).toBeNull();
});

test('a header of the load replaces ours, with its name in any case', () => {
  const { headersFor } = requestTemplate(request, { Authorization: 'Basic eA==' });
  expect(headersFor('load-0-1')).toMatchObject({ authorization: 'Basic eA==' });
});

test('an invalid header is refused', () => {
  expect(() => requestTemplate(request, { 'x-a': 'b\r\nx-c: d' })).toThrow(TypeError);
  expect(() => requestTemplate(request, { 'x a': 'b' })).toThrow(TypeError);
});

test('headers and body fields come from the scenario, secrets from the environment', () => {
  const { body, headersFor, redact } = requestTemplate(
    requestSchema.parse({
      prompt: 'p',
      token: { env: 'A_TOKEN' },
      headers: { 'X-Tenant': 'blue', 'X-Api-Key': { env: 'A_KEY' } },
      body: { temperature: 0.5, options: { tools: [] } },
    }),
    {},
    { environment: { A_TOKEN: 't0ken', A_KEY: 'k3y' } },
  );
  expect(JSON.parse(body)).toEqual({
    prompt: 'p',
    model: 'gpt-4',
    stream: true,
    temperature: 0.5,
    options: { tools: [] },
  });
  expect(headersFor('k')).toMatchObject({
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
