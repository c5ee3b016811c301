import { expect, test } from 'vitest';

import { behaviourSchema } from '../../plan/behaviour.ts';
import { planStream, type StreamPlan } from '../../plan/plan.ts';

/** Plans the chunks aa at 100 ms, bb at 110 ms, cc at 120 ms and an empty final one at 120 ms. */
function plan(faults: unknown[], nth = 1): StreamPlan {
  const behaviour = behaviourSchema.parse({
    text: { given: 'aabbcc' },
    firstToken: '100ms',
    interToken: '10ms',
    tokenChars: { min: 2, max: 2 },
    chunkChars: 2,
    faults,
  });
  return planStream(behaviour, 1, { scenario: 'test', key: 'k', prompt: 'a', model: 'm', nth });
}

const cut = { fault: 'cut', by: 'fin', midEvent: false };

test.each<[string, unknown, unknown, string]>([
  [
    'httpStatus',
    { httpStatus: { status: 503, retryAfter: '2s' } },
    { fault: 'status', status: 503, retryAfterSec: 2, body: 'json' },
    '',
  ],
  [
    'httpStatus without Retry-After, as a page',
    { httpStatus: { status: 502, body: 'page' } },
    { fault: 'status', status: 502, body: 'page' },
    '',
  ],
  ['contentType', { contentType: {} }, { fault: 'content-type', value: 'text/html' }, ''],
  [
    'dropConnection',
    { dropConnection: { at: { chunks: 2 } } },
    { ...cut, afterChars: 4, afterMs: 110 },
    'aabb',
  ],
  [
    'dropConnection in the middle of an event',
    { dropConnection: { at: { chars: 1 }, midEvent: true } },
    { ...cut, afterChars: 2, afterMs: 100, midEvent: true },
    'aa',
  ],
  [
    'resetConnection at a time',
    { resetConnection: { at: { time: '115ms' } } },
    { ...cut, by: 'reset', afterChars: 4, afterMs: 115 },
    'aabb',
  ],
  [
    'truncate before the final message',
    { truncate: { at: 'end' } },
    { ...cut, by: 'end', afterChars: 6, afterMs: 120 },
    'aabbcc',
  ],
  [
    'truncate at the start',
    { truncate: { at: 'start' } },
    { ...cut, by: 'end', afterChars: 0, afterMs: 0 },
    '',
  ],
  [
    'malformedJson',
    { malformedJson: { at: { chunks: 1 } } },
    { fault: 'event', how: 'malformed', fromChar: 2, toChar: 4 },
    'aa',
  ],
  [
    'duplicatedEvent',
    { duplicatedEvent: { at: { chunks: 1 } } },
    { fault: 'event', how: 'duplicated', fromChar: 2, toChar: 4 },
    'aabbbbcc',
  ],
  [
    'duplicatedEvent of the final message',
    { duplicatedEvent: { at: 'end' } },
    { fault: 'event', how: 'duplicated', fromChar: 6, toChar: 6 },
    'aabbcc',
  ],
  [
    'swappedEvents',
    { swappedEvents: { at: 'start' } },
    { fault: 'event', how: 'swapped', fromChar: 0, toChar: 2, nextToChar: 4 },
    'bbaacc',
  ],
  [
    'missingEvent',
    { missingEvent: { at: { chunks: 1 } } },
    { fault: 'event', how: 'missing', fromChar: 2, toChar: 4 },
    'aacc',
  ],
  ['tornFrames', { tornFrames: {} }, { fault: 'frames', how: 'torn' }, 'aabbcc'],
  ['gluedFrames', { gluedFrames: {} }, { fault: 'frames', how: 'glued', events: 3 }, 'aabbcc'],
  ['bufferedBody', { bufferedBody: {} }, { fault: 'frames', how: 'buffered' }, 'aabbcc'],
  ['crlf', { crlf: {} }, { fault: 'crlf' }, 'aabbcc'],
  ['noPings', { noPings: {} }, { fault: 'no-pings' }, 'aabbcc'],
  ['quirk', { quirk: { kind: 'no-usage' } }, { fault: 'quirk', kind: 'no-usage' }, 'aabbcc'],
])('%s requests its wire fault from the gateway', (_, fault, wireFault, text) => {
  const planned = plan([fault]);
  expect(planned.wire).toEqual([wireFault]);
  expect(planned.text).toBe(text);
  expect(planned.chunks.map(({ delta }) => delta)).toEqual(['aa', 'bb', 'cc', '']);
});

test('two messages without a text between them cannot be swapped', () => {
  expect(plan([{ swappedEvents: { at: { chunks: 2 } } }])).toMatchObject({ wire: [], faults: [] });
});

test('a cut in the middle of an event does not strike if no event follows', () => {
  const silence = { silence: { at: { chunks: 1 } } };
  const late = { at: { time: '50ms' } };
  expect(plan([silence, { truncate: { ...late, midEvent: true } }]).faults).toEqual([
    'silence',
    'truncate',
  ]);
  const start = plan([{ silence: { at: 'start' } }, { truncate: { at: 'start', midEvent: true } }]);
  expect(start.faults).toEqual(['silence']);
});

test('wire faults apply to the stream that the agent sends, wherever they are listed', () => {
  const planned = plan([
    { dropConnection: { at: { chunks: 2 } } },
    { stall: { at: { chunks: 1 }, for: '5s' } },
  ]);
  expect(planned.faults).toEqual(['stall', 'dropConnection']);
  expect(planned.wire).toEqual([{ ...cut, afterChars: 4, afterMs: 5110 }]);
  const failed = plan([
    { dropConnection: { at: { chunks: 2 } } },
    { errorStatus: { at: { chunks: 1 } } },
  ]);
  expect(failed).toMatchObject({ faults: ['errorStatus'], wire: [] });
});

test('a fault limited to the first requests of a key spares later ones', () => {
  const faults = [{ httpStatus: { status: 503 }, first: 2 }];
  expect([1, 2, 3, 4].map((nth) => plan(faults, nth).faults)).toEqual([
    ['httpStatus'],
    ['httpStatus'],
    [],
    [],
  ]);
  expect(plan(faults, 3)).toEqual(plan([], 3));
});

test('an HTTP status instead of the stream leaves nothing for other wire faults', () => {
  const planned = plan([{ crlf: {} }, { httpStatus: { status: 500 }, first: 1 }]);
  expect(planned.faults).toEqual(['httpStatus']);
});

test('the speed applies to the time of a cut', () => {
  const behaviour = behaviourSchema.parse({
    firstToken: '1s',
    speed: 10,
    faults: [{ dropConnection: { at: { time: '500ms' } } }],
  });
  const request = { scenario: 'test', key: 'k', prompt: 'a', model: 'm' };
  expect(planStream(behaviour, 1, request).wire).toMatchObject([{ afterMs: 50 }]);
});

test.each<[string, unknown[], string]>([
  [
    'two cuts that always strike',
    [{ truncate: { at: 'end' } }, { resetConnection: { at: 'start' } }],
    'truncate always strikes here and a stream is cut once, so resetConnection never would; give truncate a probability or leave one out',
  ],
  [
    'two layouts',
    [
      { tornFrames: {}, probability: '5%' },
      { bufferedBody: {}, probability: '5%' },
    ],
    'one stream cannot have both tornFrames and bufferedBody: both change how its events are written; choose one, or put them into different cases',
  ],
  [
    'a status that always strikes next to another fault',
    [{ httpStatus: { status: 429 } }, { crlf: {} }],
    'httpStatus always strikes here and leaves no stream for crlf; give it a probability or leave one out',
  ],
  [
    'changed headers after a slow accept',
    [{ slowAccept: { for: '2s' } }, { contentType: {} }],
    'contentType cannot follow slowAccept: the gateway may send the headers before the agent can request a fault that changes them; choose one, or put them into different cases',
  ],
  [
    'a silence with held-back events',
    [{ silence: { at: 'end' } }, { bufferedBody: {} }],
    'bufferedBody cannot be combined with silence: the events that it holds back would never arrive; choose one, or put them into different cases',
  ],
])('%s: rejected with the reason', (_, faults, message) => {
  const { error } = behaviourSchema.safeParse({ faults });
  expect(error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test.each<[unknown, string]>([
  [{ httpStatus: { status: 399 } }, 'a status is a whole number from 400 to 599'],
  [{ httpStatus: { status: 600 } }, 'a status is a whole number from 400 to 599'],
  [
    { httpStatus: { status: 503, retryAfter: '1500ms' } },
    'Retry-After takes whole seconds, such as 2s',
  ],
  [{ contentType: { type: 'text/html\r\nX-Evil: 1' } }, 'write a media type, such as text/html'],
  [{ crlf: {}, first: 0 }, 'Too small'],
])('%j is rejected', (fault, message) => {
  const { error } = behaviourSchema.safeParse({ faults: [fault] });
  expect(JSON.stringify(error?.issues)).toContain(message);
});
