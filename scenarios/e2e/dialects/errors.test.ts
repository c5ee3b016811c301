import { STATUS_CODES } from 'node:http';
import { isDeepStrictEqual } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { readRaw } from '../../../gateway/testing/read-raw.ts';
import { startRehearsal, type Rehearsal } from '../../testkit/start-rehearsal.ts';
import {
  dialectForms,
  readHead,
  streamedForms,
  type DialectForm,
} from '../support/dialect-forms.ts';

/** Errors as the providers write them: bodies, headers, and events in a stream. */

let rehearsal: Rehearsal;
beforeAll(async () => {
  rehearsal = await startRehearsal({ scenario: 'healthy', speed: 'instant' });
});
afterAll(() => rehearsal.close());

/** Asks with one fault; the key keeps what follows from the stream the same. */
async function askWith(form: DialectForm, fault: object, key = 'k') {
  const raw = await readRaw(rehearsal.url, form.path, {
    body: form.body('hello'),
    headers: { 'x-rehearsal-fault': JSON.stringify(fault), 'x-rehearsal-key': key },
  });
  return { ...readHead(raw), body: raw.body };
}

const openAiBody = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

const anthropicBody = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({ type: z.string(), message: z.string().min(1) }),
  request_id: z.string().regex(/^req_/),
});

/** The type, and OpenAI's code, of each status. */
const openAiNames: Readonly<Record<number, [type: string, code: string | null]>> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['invalid_request_error', 'unsupported_country_region_territory'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
};
const anthropicTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const statuses = [
  400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 451, 500, 502, 503, 504, 529, 599,
];

/** What a refusal holds beside its status and `Retry-After`; throws where its shape is not the provider's. */
const refusalOf: Readonly<
  Record<string, (answer: { headers: Map<string, string>; body: string }) => object>
> = {
  'openai-chat': readOpenAi,
  'openai-responses': readOpenAi,
  'anthropic-messages': ({ headers, body }) => {
    const { error, request_id } = anthropicBody.parse(JSON.parse(body));
    return {
      type: error.type,
      hasSameId: headers.get('request-id') === request_id,
      shouldRetry: headers.get('x-should-retry'),
      limits: anthropicLimits(headers),
    };
  },
  // The client shows the body as it is.
  'ai-sdk-ui': ({ headers, body }) => ({ body, type: headers.get('content-type') }),
};

function readOpenAi({ headers, body }: { headers: Map<string, string>; body: string }) {
  const { type, code } = openAiBody.parse(JSON.parse(body)).error;
  return {
    type,
    code,
    hasId: headers.get('x-request-id')?.startsWith('req_'),
    shouldRetry: headers.get('x-should-retry'),
    retryAfterMs: headers.get('retry-after-ms'),
    limits: openAiLimits(headers),
  };
}

function plannedRefusal(name: string, status: number): object {
  const shouldRetry = String(status === 400);
  const isExhausted = status === 429;
  if (name === 'ai-sdk-ui') {
    const phrase =
      status === 529 ? 'Overloaded' : (STATUS_CODES[status] ?? `HTTP status ${status}`);
    return { body: `${phrase} (fault httpStatus of Rehearsal)`, type: 'text/plain; charset=utf-8' };
  }
  if (name === 'anthropic-messages') {
    const type = anthropicTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
    return { type, hasSameId: true, shouldRetry, limits: plannedLimits(4, isExhausted) };
  }
  const [type, code] = openAiNames[status] ?? [
    status < 500 ? 'invalid_request_error' : 'server_error',
    null,
  ];
  const limits = plannedLimits(2, isExhausted);
  return { type, code, hasId: true, shouldRetry, retryAfterMs: '2000', limits };
}

test.each(dialectForms)(
  "$name: a status in place of the answer is the provider's",
  async (form) => {
    const { name } = form.dialect;
    for (const status of statuses) {
      const fault = { httpStatus: { status, retryAfter: '2s', shouldRetry: status === 400 } };
      const answer = await askWith(form, fault);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, '2']);
      expect({ status, ...refusalOf[name]?.(answer) }).toEqual({
        status,
        ...plannedRefusal(name, status),
      });
    }
  },
);

/** The headers of a good answer that only the provider has. */
const limitsOf: Readonly<Record<string, (headers: Map<string, string>) => object>> = {
  'openai-chat': openAiLimits,
  'openai-responses': openAiLimits,
  'anthropic-messages': anthropicLimits,
  'ai-sdk-ui': () => [],
};

test.each(dialectForms)(
  '$name: the headers of a good answer are the same for the same stream',
  async (form) => {
    const { name } = form.dialect;
    const headersOf = async (key: string) => {
      // Counts the requests of each key anew: the second of a key is another stream.
      rehearsal.reset();
      const { headers, status } = await askWith(form, { crlf: {} }, key);
      expect(status).toBe(200);
      for (const ofTransport of ['date', 'keep-alive', 'content-length']) {
        headers.delete(ofTransport);
      }
      return headers;
    };
    const [first, second, other] = [
      await headersOf('k'),
      await headersOf('k'),
      await headersOf('other'),
    ];
    expect(second).toEqual(first);
    expect(isDeepStrictEqual(other, first)).toBe(name === 'ai-sdk-ui');
    expect(first.has('x-should-retry')).toBe(false);
    const limited = limitCounts[name] ?? 0;
    expect(limitsOf[name]?.(first)).toEqual(plannedLimits(limited, false));
  },
);

test('without a word on retries there is no header for them', async () => {
  for (const form of streamedForms) {
    const { headers } = await askWith(form, { httpStatus: { status: 429 } });
    expect([...headers.keys()].filter((name) => /retry/.test(name))).toEqual([]);
  }
});

test.each(streamedForms)('$name: a page of a proxy stays a page', async (form) => {
  const { headers, body, status } = await askWith(form, {
    httpStatus: { status: 502, body: 'page' },
  });
  expect(status).toBe(502);
  expect(headers.get('content-type')).toMatch(/^text\/html/);
  expect(body).toMatch(/^<html>/);
});

const inStream = z.strictObject({
  type: z.string(),
  code: z.string().nullable(),
  message: z.string(),
  param: z.null(),
});

/** The events of a stream's error, as each dialect writes them. */
const errorEvents: Readonly<Record<string, (events: { event: string; data: string }[]) => string>> =
  {
    'openai-chat': (events) => {
      const last = events.at(-1);
      expect(last?.event).toBe('');
      // No [DONE] follows.
      return z.strictObject({ error: inStream }).parse(JSON.parse(last?.data ?? '')).error.message;
    },
    'openai-responses': (events) => {
      const [error, failed] = events.slice(-2).map(({ event, data }) => {
        const value = z.looseObject({ type: z.string() }).parse(JSON.parse(data));
        expect(value.type).toBe(event);
        return value;
      });
      const nested = z
        .strictObject({ type: z.literal('error'), sequence_number: z.int(), error: inStream })
        .parse(error);
      const { response, sequence_number } = z
        .looseObject({
          type: z.literal('response.failed'),
          sequence_number: z.int(),
          response: z.looseObject({
            status: z.literal('failed'),
            error: z.strictObject({ code: z.string(), message: z.string() }),
          }),
        })
        .parse(failed);
      expect(sequence_number).toBe(nested.sequence_number + 1);
      expect(response.error.message).toBe(nested.error.message);
      return nested.error.message;
    },
    'anthropic-messages': (events) => {
      const last = events.at(-1);
      expect(last?.event).toBe('error');
      return anthropicBody.extend({ request_id: z.null() }).parse(JSON.parse(last?.data ?? ''))
        .error.message;
    },
    'ai-sdk-ui': (events) =>
      z
        .strictObject({ type: z.literal('error'), errorText: z.string() })
        .parse(JSON.parse(events.at(-1)?.data ?? '')).errorText,
  };

test.each(streamedForms)('$name: an error in the stream is the last that is said', async (form) => {
  for (const grpcStatus of ['INTERNAL', 'UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED']) {
    const fault = { errorStatus: { at: { chars: 30 }, status: grpcStatus, details: 'it broke' } };
    const { status, body } = await askWith(form, fault);
    expect(status).toBe(200);
    const events = body
      .trimEnd()
      .split('\n\n')
      .map((lines) => ({
        event: /^event: (.*)$/m.exec(lines)?.[1] ?? '',
        data: /^data: (.*)$/m.exec(lines)?.[1] ?? '',
      }));
    expect(errorEvents[form.dialect.name]?.(events)).toBe('it broke');
  }
});

/** How many limits the headers of each dialect have. */
const limitCounts: Readonly<Record<string, number>> = {
  'openai-chat': 2,
  'openai-responses': 2,
  'anthropic-messages': 4,
};

function plannedLimits(count: number, isExhausted: boolean): object[] {
  return Array.from({ length: count }, () => ({ isOrdered: true, isExhausted, hasReset: true }));
}

function readLimit(limit: string | undefined, remaining: string | undefined, hasReset: boolean) {
  const [most, left] = [Number(limit ?? Number.NaN), Number(remaining ?? Number.NaN)];
  return { isOrdered: left < most && left >= 0, isExhausted: left === 0, hasReset };
}

function openAiLimits(headers: Map<string, string>): object[] {
  return ['requests', 'tokens'].map((what) =>
    readLimit(
      headers.get(`x-ratelimit-limit-${what}`),
      headers.get(`x-ratelimit-remaining-${what}`),
      /^(?:\d+ms|\d+s|\d+m\d+s)$/.test(headers.get(`x-ratelimit-reset-${what}`) ?? ''),
    ),
  );
}

function anthropicLimits(headers: Map<string, string>): object[] {
  return ['requests', 'tokens', 'input-tokens', 'output-tokens'].map((what) =>
    readLimit(
      headers.get(`anthropic-ratelimit-${what}-limit`),
      headers.get(`anthropic-ratelimit-${what}-remaining`),
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(
        headers.get(`anthropic-ratelimit-${what}-reset`) ?? '',
      ),
    ),
  );
}
