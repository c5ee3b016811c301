import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';

import { expect, test } from 'vitest';

import type { StreamSample } from '../../reports/sample.ts';
import { runLoad } from './run-load.ts';
import { loadSchema } from './profile/profile.ts';
import { countOutcomes, detailsOf, oneEach } from './testing/load-runs.ts';
import {
  chunk,
  endlessHead,
  errorEvent,
  goodStream,
  lastChunk,
  message,
  plainAnswer,
  refusingUrl,
  startRawServer,
  streamHead,
  type RawRequest,
} from './testing/raw-server.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A message with an id. */
const numbered = (id: string, delta: string, isFinal = false) =>
  message(delta, isFinal).replace(/\n\n$/, `\nid: ${id}\n\n`);

const retry = 'retry: 10\n\n';

interface Attempt extends RawRequest {
  /** The number of the request of its stream, from 0. */
  attempt: number;
  lastEventId: string | undefined;
}

/** Runs six streams over GET, each in a slot of its own; returns the samples by slot, and the requests. */
async function load(
  answer: (attempt: Attempt, socket: Socket) => void,
  { request = {}, ...changes }: { request?: object; [key: string]: unknown } = {},
): Promise<{ samples: StreamSample[]; attempts: Attempt[] }> {
  const attempts: Attempt[] = [];
  const server = await startRawServer((raw, socket) => {
    const attempt = attempts.filter(({ slot }) => slot === raw.slot).length;
    const own = { ...raw, attempt, lastEventId: raw.headers['last-event-id'] };
    attempts.push(own);
    answer(own, socket);
  });
  const profile = oneEach(6, {
    request: loadSchema.parse({ request: { transport: 'get', ...request } }).request,
    ...changes,
  });
  const { samples } = await runLoad({ url: `${server.url}?a=b`, profile });
  await server.deserted();
  return { samples: samples.toSorted((a, b) => a.slot - b.slot), attempts };
}

const reconnectsOf = (samples: readonly StreamSample[]) =>
  samples.map(({ reconnects }) => reconnects);

const six = <T>(value: T): T[] => Array.from({ length: 6 }, () => value);

test('a stream over GET has its request in the query, and no body', async () => {
  const { samples, attempts } = await load((_, socket) => goodStream(socket));
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  expect(reconnectsOf(samples)).toEqual(six(0));
  for (const { method, path, body, headers } of attempts) {
    expect({ method, path, body }).toEqual({
      method: 'GET',
      path: '/api/v1/ai/generate?a=b&stream=true&prompt=%E5%86%99%E4%B8%80%E6%AE%B5500%E5%AD%97%E7%9A%84%E6%95%85%E4%BA%8B&model=gpt-4',
      body: '',
    });
    expect(headers).not.toHaveProperty('content-type');
    expect(headers).not.toHaveProperty('content-length');
    expect(headers).not.toHaveProperty('last-event-id');
    expect(headers).toMatchObject({ authorization: 'Bearer rehearsal' });
  }
});

type Break = (socket: Socket) => unknown;

const breaks: [string, Break][] = [
  ['closed in the middle of an event', (socket) => socket.end(chunk('event: message\ndata: {"de'))],
  ['reset', (socket) => setTimeout(() => socket.resetAndDestroy(), 30)],
  ['ended in order', (socket) => socket.write(lastChunk)],
];

test.each(breaks)(
  'a stream that is %s is resumed after its last id, and is one stream with its whole text',
  async (_, breakOff) => {
    const { samples, attempts } = await load(({ attempt }, socket) => {
      socket.write(streamHead);
      if (attempt === 0) {
        socket.write(chunk(retry + numbered('1~ä', 'on')));
        breakOff(socket);
      } else if (attempt === 1) {
        socket.write(chunk(numbered('2', 'e, two')));
        breakOff(socket);
      } else {
        socket.write(chunk(message(' and three') + numbered('3', '', true)));
        socket.write(lastChunk);
      }
    });
    expect(countOutcomes(samples)).toEqual({ completed: 6 });
    expect(reconnectsOf(samples)).toEqual(six(2));
    for (const sample of samples) {
      expect(sample).toMatchObject({ status: 200, detail: '', messages: 4 });
      expect(sample.textSha256).toBe(sha256('one, two and three'));
      expect(sample.arrivals.map(({ chars }) => chars)).toEqual([2, 8, 18]);
      const [first, second] = sample.arrivals.map(({ atMs }) => atMs);
      // Timers count whole milliseconds, so one of 10 may fire a fraction early.
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(9);
    }
    for (const slot of samples.keys()) {
      const ids = attempts.filter((each) => each.slot === slot).map((each) => each.lastEventId);
      // The server reads bytes as Latin-1.
      expect(ids.map((id) => id && Buffer.from(id).toString())).toEqual([undefined, '1~ä', '2']);
    }
  },
);

test('without an id a break is the outcome, as of a POST', async () => {
  const { samples, attempts } = await load(({ slot }, socket) => {
    socket.write(streamHead + chunk(retry + message('half')).toString());
    if (slot < 3) socket.end();
    else setTimeout(() => socket.resetAndDestroy(), 30);
  });
  expect(samples.map(({ outcome }) => outcome)).toEqual([
    ...Array<string>(3).fill('cut'),
    ...Array<string>(3).fill('reset'),
  ]);
  expect(reconnectsOf(samples)).toEqual(six(0));
  expect(attempts).toHaveLength(6);
});

test('an empty id takes the id back, and one without data sets it', async () => {
  const { attempts } = await load(
    ({ slot, attempt }, socket) => {
      const ids = slot < 3 ? `${numbered('1', 'a')}id\n\n` : `${message('a')}id: 7\n\n`;
      socket.end(`${endlessHead}${retry}${attempt === 0 ? ids : message('', true)}`);
    },
    { request: { reconnects: 1 } },
  );
  const second = attempts.filter(({ attempt }) => attempt === 1);
  expect(second.map(({ slot }) => slot).toSorted((a, b) => a - b)).toEqual([3, 4, 5]);
  expect(second.map(({ lastEventId }) => lastEventId)).toEqual(['7', '7', '7']);
});

test('a load with reconnects: 0 resumes nothing', async () => {
  const { samples, attempts } = await load(
    (_, socket) => socket.end(`${endlessHead}${retry}${numbered('1', 'half')}`),
    { request: { reconnects: 0 } },
  );
  expect(countOutcomes(samples)).toEqual({ cut: 6 });
  expect(detailsOf(samples)).toEqual(['connection ended without a final message']);
  expect(attempts).toHaveLength(6);
});

test('reconnects that bring nothing leave the outcome of the break, with what came instead', async () => {
  const answers: ((socket: Socket) => void)[] = [
    (socket) => void socket.write('HTTP/1.1 204 No Content\r\n\r\n'),
    (socket) => void socket.write(plainAnswer(503, 'application/json', '{"code":"OVERLOADED"}')),
    (socket) => void socket.write(plainAnswer(200, 'text/html', '<p>')),
    (socket) => void socket.end(endlessHead),
    (socket) => void socket.resetAndDestroy(),
    (socket) => void socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
  ];
  const { samples } = await load(
    ({ slot, attempt }, socket) => {
      if (attempt > 0) answers[slot]?.(socket);
      else socket.end(`${endlessHead}${retry}${numbered('1', 'half')}`);
    },
    { request: { reconnects: 2 } },
  );
  const cut = 'connection ended without a final message';
  expect(samples.map(({ outcome, detail, reconnects }) => [outcome, detail, reconnects])).toEqual([
    ['cut', `${cut}, 1 reconnect: status 204`, 1],
    ['cut', `${cut}, 1 reconnect: status 503`, 1],
    ['cut', `${cut}, 1 reconnect: content type text/html`, 1],
    ['cut', `${cut}, 2 reconnects`, 2],
    ['cut', `${cut}, 2 reconnects: ECONNRESET`, 2],
    ['malformed', 'the response is not HTTP', 1],
  ]);
  expect(samples.map(({ status }) => status)).toEqual(six(200));
});

test('a server that is gone when a stream reconnects leaves the outcome of the break', async () => {
  const server = await startRawServer((_, socket) => {
    socket.write(endlessHead + retry + numbered('1', 'half'));
    setTimeout(() => void server.close(), 20);
  });
  const { request } = loadSchema.parse({ request: { transport: 'get', reconnects: 3 } });
  const { samples } = await runLoad({ url: server.url, profile: oneEach(2, { request }) });
  expect(countOutcomes(samples)).toEqual({ cut: 2 });
  expect(detailsOf(samples)).toEqual([
    'connection ended without a final message, 3 reconnects: ECONNREFUSED',
  ]);
});

test('what ends a resumed stream is its outcome', async () => {
  const ends: [string, string][] = [
    [errorEvent, 'failed'],
    ['data: [DONE]\n\n', 'malformed'],
    [numbered('2', 'more', true), 'completed'],
  ];
  const { samples } = await load(({ slot, attempt }, socket) => {
    const [end = ''] = ends[slot % ends.length] ?? [];
    socket.end(`${endlessHead}${retry}${attempt === 0 ? numbered('1', 'half') : end}`);
  });
  expect(samples.map(({ outcome }) => outcome)).toEqual(
    samples.map(({ slot }) => ends[slot % ends.length]?.[1]),
  );
  expect(reconnectsOf(samples)).toEqual(six(1));
});

test('a final message or an error event ends a stream, whatever ids it has', async () => {
  const { samples, attempts } = await load(({ slot }, socket) => {
    const error = errorEvent.replace(/\n\n$/, '\nid: 2\n\n');
    const end = slot % 2 === 0 ? numbered('2', '', true) : error;
    socket.end(`${endlessHead}${retry}${numbered('1', 'half')}${end}`);
  });
  expect(countOutcomes(samples)).toEqual({ completed: 3, failed: 3 });
  expect(attempts).toHaveLength(6);
});

test('the limits of a stream hold during the pause before a reconnect', async () => {
  const { samples, attempts } = await load(
    ({ slot }, socket) => {
      const wait = slot < 3 ? '' : 'retry: 99999999999999999999\n\n';
      socket.end(`${endlessHead}${wait}${numbered('1', 'half')}`);
    },
    { idleLimitMs: 300, streamLimitMs: 1000 },
  );
  expect(countOutcomes(samples)).toEqual({ stalled: 6 });
  expect(attempts).toHaveLength(6);
});

test('a load without an end of its own ends in the pause before a reconnect', async () => {
  const abort = new AbortController();
  const server = await startRawServer((_, socket) => {
    socket.end(`${endlessHead}retry: 60000\n\n${numbered('1', 'half')}`);
    setTimeout(() => abort.abort(), 50);
  });
  const { request } = loadSchema.parse({ request: { transport: 'get' } });
  const profile = oneEach(1, { request });
  const { samples } = await runLoad({ url: server.url, profile, signal: abort.signal });
  expect(countOutcomes(samples)).toEqual({ censored: 1 });
});

test('a closed port refuses a stream over GET', async () => {
  const { request } = loadSchema.parse({ request: { transport: 'get' } });
  const { samples } = await runLoad({ url: await refusingUrl(), profile: oneEach(2, { request }) });
  expect(countOutcomes(samples)).toEqual({ refused: 2 });
});
