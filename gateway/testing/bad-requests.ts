import fc from 'fast-check';

import { generatePath } from '../../proto/interface.ts';

/** Bytes (as Latin-1) for an HTTP server, most of them almost a valid request. */
export const requestBytes: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: aRequest() },
  { weight: 4, arbitrary: fc.tuple(aRequest(), damage()).map(([request, harm]) => harm(request)) },
  // HEAD only as the first request, since the reader of the responses has to know that it has no body.
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        aRequest(),
        aRequest().filter((request) => !request.startsWith('HEAD ')),
      )
      .map((both) => both.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: latin1(), maxLength: 200 }) },
);

function latin1(): fc.Arbitrary<string> {
  return fc.integer({ min: 0, max: 255 }).map((code) => String.fromCodePoint(code));
}

function oneOf<T>(...values: T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...values);
}

/** Any JSON, most often with the fields of a request. */
function aBody(): fc.Arbitrary<string> {
  const field = fc.oneof(
    fc.string({ unit: 'binary' }),
    { weight: 8, arbitrary: fc.string({ unit: 'grapheme', minLength: 1 }) },
    fc.jsonValue(),
    oneOf<unknown>('', ' ', '\ud800', '\u0000', 'x'.repeat(70_000), '__proto__', null, 0, [], {}),
  );
  const fields = fc.record(
    { prompt: field, model: field, stream: field, ['__proto__']: field, scenario: field },
    { requiredKeys: ['prompt'] },
  );
  return fc
    .oneof(
      { weight: 5, arbitrary: fields.map((value) => JSON.stringify(value)) },
      { weight: 2, arbitrary: fc.json() },
      { weight: 1, arbitrary: fc.string({ unit: latin1() }) },
      oneOf(
        '',
        '{',
        '{"prompt":"a"',
        '['.repeat(20_000),
        '{"prompt":1e999}',
        '\ufeff{"prompt":"a"}',
      ),
      oneOf(
        '{"prompt":"a","prompt":{}}',
        '{"prompt":"\\ud83d"}',
        `{"prompt":"${'\\u0000'.repeat(999)}"}`,
      ),
    )
    .map((text) => Buffer.from(text, 'utf8').toString('latin1'));
}

function aPath(): fc.Arbitrary<string> {
  const query = fc
    .array(
      fc.tuple(
        oneOf(
          'prompt',
          'prompt',
          'prompt',
          'model',
          'stream',
          'scenario',
          'key',
          'seed',
          'token',
          'frames',
          '',
          '%',
        ),
        fc.oneof(
          oneOf(
            'a',
            '',
            '%',
            '%00',
            '%ff',
            '%ud800',
            '+',
            '%F0%9F%98%80',
            '\xff',
            'a&prompt=b',
            '[]',
          ),
          fc.webQueryParameters(),
        ),
      ),
      { maxLength: 4 },
    )
    .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'));
  return fc.oneof(
    { weight: 8, arbitrary: query.map((text) => `${generatePath}?${text}`) },
    { weight: 8, arbitrary: fc.constant(generatePath) },
    {
      weight: 2,
      arbitrary: oneOf('/', '*', '/healthz', '/readyz', '/metrics', '/status', '//', '/%'),
    },
    oneOf('http://[::', 'http://x/', '//x@y:99999', '/..%2f..', `${generatePath}/`, '?', '#', ''),
    fc.string({ unit: latin1(), maxLength: 30 }),
  );
}

function aHeader(): fc.Arbitrary<string> {
  const any = fc.string({ unit: latin1(), maxLength: 30 });
  return fc.oneof(
    {
      weight: 20,
      arbitrary: oneOf(
        'Connection: close',
        'Connection: upgrade\r\nUpgrade: websocket',
        'Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk',
        'Expect: 100-continue',
        'Expect: 200-ok',
        'Content-Encoding: gzip',
        'Content-Encoding: unheard-of',
        'Accept: application/xml',
        'Authorization: Bearer \xff',
        'Origin: null',
        'Access-Control-Request-Method: POST',
        'Last-Event-ID: 7',
        'Range: bytes=0-1',
        'If-None-Match: *',
        'Host: y',
        'X-HTTP-Method-Override: DELETE',
        'TE: trailers',
        'x-rehearsal-key: a',
      ),
    },
    fc.constant(' folded'),
    any.map((value) => `x-rehearsal-key: ${value}`),
    fc.tuple(any, any).map((pair) => pair.join(': ')),
  );
}

/** The framing of a body, correct or not. */
function framed(body: string): fc.Arbitrary<[header: string, bytes: string]> {
  const size = body.length;
  const hex = size.toString(16);
  return fc.oneof(
    { weight: 20, arbitrary: fc.constant<[string, string]>([`Content-Length: ${size}`, body]) },
    {
      weight: 3,
      arbitrary: fc.constant<[string, string]>([
        'Transfer-Encoding: chunked',
        size === 0 ? '0\r\n\r\n' : `${hex}\r\n${body}\r\n0\r\n\r\n`,
      ]),
    },
    oneOf<[string, string]>(
      [`Content-Length: ${size - 1}`, body],
      [`Content-Length: ${size + 1}`, body],
      ['Content-Length: 99999999999999999999', body],
      ['Content-Length: 5000000', body],
      [`Content-Length: ${size}\r\nContent-Length: ${size + 1}`, body],
      [`Content-Length: ${size}\r\nTransfer-Encoding: chunked`, body],
      ['Transfer-Encoding: gzip, chunked', body],
      ['Transfer-Encoding: chunked', `${hex}x\r\n${body}\r\n`],
      ['Transfer-Encoding: chunked', `${hex};a="b"\r\n${body}\r\n0\r\nTrailer: x\r\n\r\n`],
      ['X-No-Length: 1', body],
    ),
  );
}

function aRequest(): fc.Arbitrary<string> {
  const method = fc.oneof(
    { weight: 10, arbitrary: fc.constant('POST') },
    { weight: 6, arbitrary: fc.constant('GET') },
    { weight: 2, arbitrary: oneOf('OPTIONS', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE') },
    oneOf('CONNECT', 'PRI', 'PROPFIND', 'get', 'M-SEARCH', 'X', ''),
  );
  const version = fc.oneof(
    { weight: 30, arbitrary: fc.constant('HTTP/1.1') },
    oneOf('HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'HTTP', ''),
  );
  const type = fc.oneof(
    { weight: 20, arbitrary: fc.constant('Content-Type: application/json') },
    oneOf(
      'Content-Type: application/json; charset=utf-16',
      'Content-Type: application/json; charset=no-such',
      'Content-Type: text/plain',
      'Content-Type: ;;',
      'X-No-Type: 1',
    ),
  );
  return fc
    .tuple(
      method,
      aPath(),
      version,
      type,
      fc.array(aHeader(), { maxLength: 3 }),
      aBody().chain(framed),
    )
    .map(([method, path, version, type, headers, [length, body]]) => {
      const lines = ['Host: x', type, ...headers];
      // A GET has no body.
      const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
      if (hasBody) lines.push(length);
      return `${method} ${path} ${version}\r\n${lines.join('\r\n')}\r\n\r\n${hasBody ? body : ''}`;
    });
}

/** Prefers places near the front, since bodies are long and heads find more bugs. */
function placeIn(bytes: string, share: number): number {
  return Math.floor(share * share * bytes.length);
}

/** The damage of a broken client or line to a request. */
function damage(): fc.Arbitrary<(bytes: string) => string> {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.oneof(
    place.map((where) => (bytes: string) => bytes.slice(0, placeIn(bytes, where))),
    fc.tuple(place, fc.string({ unit: latin1(), minLength: 1, maxLength: 4 })).map(
      ([where, other]) =>
        (bytes: string) =>
          bytes.slice(0, placeIn(bytes, where)) +
          other +
          bytes.slice(placeIn(bytes, where) + other.length),
    ),
    fc.tuple(place, place).map(([one, two]) => (bytes: string) => {
      const from = Math.min(placeIn(bytes, one), placeIn(bytes, two));
      return bytes.slice(0, from) + bytes.slice(Math.max(placeIn(bytes, one), placeIn(bytes, two)));
    }),
    fc.constant((bytes: string) => bytes.replaceAll('\r\n', '\n')),
    fc.constant((bytes: string) => bytes.replace('\r\n', '\r\r\n')),
  );
}
