import { expect, test } from 'vitest';

import { post, sayHello, startBefore } from '../../../gateway/testing/start-before.ts';
import { readRaw } from '../../../gateway/testing/read-raw.ts';
import { dialects } from '../../../proto/dialects/index.ts';
import { createJournal } from '../../control/journal.ts';
import { dialectForms, readHead, readStreamBody, readWholeBody } from '../support/dialect-forms.ts';

/** What the gateway does for every request, in every dialect. */

test.each(dialectForms)('$name: a client that leaves cancels the call', async (form) => {
  let cancelled = 0;
  const journal = createJournal();
  const { url } = await startBefore(
    (call) => {
      call.write({ delta: 'Hello' });
      call.on('cancelled', () => {
        cancelled += 1;
      });
    },
    {},
    undefined,
    { observers: [journal.observer] },
  );
  const leaving = new AbortController();
  const request = fetch(url + form.path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: form.body('hello'),
    signal: leaving.signal,
  });
  if (form.isStreamed) await (await request).body?.getReader().read();
  await expect.poll(() => journal.entries()[0]?.messages.written).toBe(1);
  expect(cancelled).toBe(0);
  leaving.abort();
  await request.catch(() => {});
  await expect.poll(() => cancelled).toBe(1);
  await expect
    .poll(() => journal.entries())
    .toMatchObject([
      {
        path: form.path,
        transport: 'POST',
        prompt: 'hello',
        end: 'client-left',
        endedBy: 'client',
        status: form.isStreamed ? 200 : null,
      },
    ]);
});

test.each(dialectForms)('$name: the journal has the status that was sent', async (form) => {
  const journal = createJournal();
  const { url } = await startBefore(
    (call) => {
      if (call.request.prompt === 'good') {
        sayHello(call);
        return;
      }
      call.write({ error: 'no model' });
      call.end();
    },
    {},
    undefined,
    { observers: [journal.observer] },
  );
  const bad = await post(url + form.path, form.body('bad'));
  await bad.text();
  const good = await post(url + form.path, form.body('good'));
  const body = await good.text();
  expect(bad.status).toBe(form.isStreamed ? 200 : 500);
  const answer = form.isStreamed
    ? readStreamBody(form.dialect, body)
    : readWholeBody(form.dialect, body);
  expect(answer).toMatchObject({ text: 'Hello!', isComplete: true });
  await expect
    .poll(() => journal.entries())
    .toMatchObject([
      { end: 'GENERATION_ERROR', status: bad.status, prompt: 'bad' },
      { end: 'final', status: 200, chars: 6, prompt: 'good' },
    ]);
});

test.each(dialectForms)(
  '$name: both headers for keys are accepted, other keys are not',
  async (form) => {
    const { url } = await startBefore(sayHello, { auth: ['secret'] });
    const statusWith = async (headers: Record<string, string>) => {
      const response = await post(url + form.path, form.body('hello'), headers);
      await response.text();
      return response.status;
    };
    expect(await statusWith({ Authorization: 'Bearer secret' })).toBe(200);
    expect(await statusWith({ 'x-api-key': 'secret' })).toBe(200);
    expect(await statusWith({ 'x-api-key': 'other' })).toBe(401);
    expect(await statusWith({ Authorization: 'Bearer other', 'x-api-key': 'secret' })).toBe(401);
    expect(await statusWith({})).toBe(401);
  },
);

const sdkHeaders = [
  'authorization',
  'content-type',
  'x-api-key',
  'anthropic-version',
  'anthropic-dangerous-direct-browser-access',
  'x-stainless-arch',
  'x-stainless-lang',
  'x-stainless-os',
  'x-stainless-package-version',
  'x-stainless-retry-count',
  'x-stainless-runtime',
  'x-stainless-runtime-version',
  'x-stainless-timeout',
];

test.each(dialectForms)(
  '$name: a page of another origin may ask and read the headers',
  async (form) => {
    const { url } = await startBefore(sayHello, { auth: ['secret'] });
    const preflight = await fetch(url + form.path, {
      method: 'OPTIONS',
      headers: {
        Origin: 'http://page.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': sdkHeaders.join(','),
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')?.split(',')).toEqual(sdkHeaders);
    for (const key of ['secret', 'other']) {
      const headers = { Origin: 'http://page.example', 'x-api-key': key };
      const response = await post(url + form.path, form.body('hello'), headers);
      await response.text();
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      const exposed = response.headers.get('access-control-expose-headers')?.split(', ') ?? [];
      const own = [...response.headers.keys()].filter((name) =>
        /^(?:x-request-id|request-id|x-ratelimit-|anthropic-|openai-|x-vercel|www-authenticate)/.test(
          name,
        ),
      );
      expect(own.length).toBeGreaterThan(0);
      expect(exposed.map((name) => name.toLowerCase())).toEqual(expect.arrayContaining(own));
    }
  },
);

/** What a refusal's body holds, as its dialect writes it. */
const refusalOf: Readonly<Record<string, (body: string) => string>> = {
  'openai-chat': (body) => (JSON.parse(body) as { error: { message: string } }).error.message,
  'openai-responses': (body) => (JSON.parse(body) as { error: { message: string } }).error.message,
  'anthropic-messages': (body) =>
    (JSON.parse(body) as { error: { message: string } }).error.message,
  'ai-sdk-ui': (body) => body,
};

test.each(dialectForms)('$name: limits answer in the shape of the provider', async (form) => {
  const { url } = await startBefore(sayHello, { promptLimitChars: 10, bodyLimitBytes: 2000 });
  const ask = async (body: string, type = 'application/json') => {
    const raw = await readRaw(url, form.path, { body, headers: { 'Content-Type': type } });
    return [readHead(raw).status, refusalOf[form.dialect.name]?.(raw.body)];
  };
  expect(await ask(form.body('12345678901'))).toEqual([
    413,
    'the last message of the user: must not exceed 10 characters',
  ]);
  expect(await ask(form.body('x'.repeat(2000)))).toEqual([
    413,
    'body: must not exceed 2000 B (--body-limit)',
  ]);
  expect(await ask('{"half')).toEqual([400, 'body: must be a JSON object']);
  expect(await ask('hello', 'text/plain')).toEqual([
    415,
    'header Content-Type: must be application/json',
  ]);
  expect(await ask('{}')).toEqual([400, expect.stringMatching(/^(?:messages|model|input)\b/)]);
});

test('an unknown path is answered with every format and its path', async () => {
  const { url } = await startBefore(sayHello);
  const response = await fetch(`${url}/v1/completions`, { method: 'POST' });
  expect(response.status).toBe(404);
  const { error } = (await response.json()) as { error: { message: string } };
  const details = error.message;
  for (const { dialect, paths } of dialects) {
    expect(details).toContain(`${paths[0]} (${dialect.name}`);
  }
  expect(details).toContain('/api/v1/ai/generate (SSE');
  expect(details).toContain('/v1/models');
});
