import { expect, test } from 'vitest';

import { requestKeyOf, requestTemplate } from './request.ts';

const request = { prompt: 'a "story"', model: 'gpt-4', token: 'secret' };

test('the key names the slot and the number of the stream in it', () => {
  expect(requestKeyOf(3, 0)).toBe('load-3-0');
});

test('every request has the specified body, and the headers of the load beside its own key', () => {
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

test('a header of the load takes the place of ours, in any case of its name', () => {
  const { headersFor } = requestTemplate(request, { Authorization: 'Basic eA==' });
  expect(headersFor('load-0-1')).toMatchObject({ authorization: 'Basic eA==' });
});

test('a header that HTTP does not allow is refused', () => {
  expect(() => requestTemplate(request, { 'x-a': 'b\r\nx-c: d' })).toThrow(TypeError);
  expect(() => requestTemplate(request, { 'x a': 'b' })).toThrow(TypeError);
});
