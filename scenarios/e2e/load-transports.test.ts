import { expect, test } from 'vitest';

import type { Outcome } from '../../reports/sample.ts';
import { loadInFormats } from './support/load-stack.ts';

const text = { text: { generate: { chars: 80 } }, firstToken: '30ms', interToken: '5ms' };

const at = { chars: 30 };

/** Every fault, and how a stream with it ends over POST. */
const faults: readonly [Outcome, object][] = [
  ['completed', {}],
  ['rejected', { refuse: { status: 'RESOURCE_EXHAUSTED' } }],
  ['completed', { slowAccept: { for: '50ms' } }],
  ['failed', { errorStatus: { at, status: 'INTERNAL' } }],
  ['failed', { errorField: { at, message: 'no memory' } }],
  ['completed', { stall: { at, for: '100ms' } }],
  ['completed', { trickle: { at, interval: '1ms' } }],
  ['completed', { burst: { at } }],
  ['completed', { noFinal: {} }],
  ['completed', { finalTwice: {} }],
  ['completed', { textAfterFinal: { text: 'more' } }],
  ['completed', { emptyChunks: { at, count: 3 } }],
  ['completed', { hugeChunk: { at, chars: 20_000 } }],
  ['failed', { crash: { at } }],
  ['rejected', { httpStatus: { status: 429 } }],
  ['rejected', { httpStatus: { status: 502, body: 'page' } }],
  ['rejected', { contentType: {} }],
  ['cut', { dropConnection: { at } }],
  ['cut', { dropConnection: { at, midEvent: true } }],
  ['cut', { dropConnection: { at: 'start' } }],
  ['reset', { resetConnection: { at } }],
  ['cut', { truncate: { at } }],
  ['malformed', { malformedJson: { at } }],
  ['completed', { duplicatedEvent: { at } }],
  ['malformed', { duplicatedEvent: { at: 'end' } }],
  ['completed', { swappedEvents: { at } }],
  ['completed', { missingEvent: { at } }],
  ['cut', { missingEvent: { at: 'end' } }],
  ['completed', { tornFrames: {} }],
  ['completed', { gluedFrames: {} }],
  ['completed', { bufferedBody: {} }],
  ['completed', { crlf: {} }],
  ['completed', { noPings: {} }],
  ['completed', { quirk: {} }],
];

/** So few stacks at once that each keeps its times on a busy machine. */
const atOnce = 8;

/** Returns how the streams of each fault end, and how often they reconnect. */
async function endsOver(request: object): Promise<[fault: string, ends: string[]][]> {
  const ends: [string, string[]][] = [];
  const waiting = faults.map(([, fault]) => fault);
  while (waiting.length > 0) {
    const some = waiting.splice(0, atOnce).map((fault) => endsOf(fault, request));
    ends.push(...(await Promise.all(some)));
  }
  return ends;
}

async function endsOf(fault: object, request: object): Promise<[fault: string, ends: string[]]> {
  const behaviour = { ...text, faults: Object.keys(fault).length === 0 ? [] : [fault] };
  const load = { streams: 2, total: 2, idleLimit: 'silence' in fault ? '5s' : '30s', request };
  const [stack] = await loadInFormats(behaviour, [undefined], load, { retryMs: 20 });
  const { differences, asForetold } = stack?.expectations ?? {};
  const name = JSON.stringify(fault);
  expect([name, asForetold, differences]).toEqual([name, 2, []]);
  const ends = stack?.samples.map(({ outcome, reconnects }) =>
    reconnects === undefined ? outcome : `${outcome} ${reconnects}`,
  );
  return [name, ends ?? []];
}

test('over every transport a stream that falls silent has stalled', async () => {
  const ends = await Promise.all(
    [{}, { transport: 'get' }, { transport: 'websocket' }].map((request) =>
      endsOf({ silence: { at } }, request),
    ),
  );
  expect(ends.map(([, each]) => each)).toEqual([
    ['stalled', 'stalled'],
    ['stalled 0', 'stalled 0'],
    ['stalled', 'stalled'],
  ]);
});

test('over POST every fault ends a stream as planned', async () => {
  expect(await endsOver({})).toEqual(
    faults.map(([outcome, fault]) => [JSON.stringify(fault), [outcome, outcome]]),
  );
});

test('over GET a stream that breaks after some text is resumed, and all others end as over POST', async () => {
  const ends = await endsOver({ transport: 'get' });
  expect(ends).toEqual(
    faults.map(([outcome, fault]) => {
      const name = JSON.stringify(fault);
      const isResumed = ['cut', 'reset'].includes(outcome) && !name.includes('start');
      const end = isResumed ? 'completed 1' : `${outcome} 0`;
      return [name, [end, end]];
    }),
  );
});

/** Faults of the HTTP response, which a WebSocket does not have. */
const ofHttp = ['contentType'];

test('over WebSocket an error in place of a stream is an event, and faults of HTTP do not strike', async () => {
  const ends = await endsOver({ transport: 'websocket' });
  expect(ends).toEqual(
    faults.map(([outcome, fault]) => {
      const overWebSocket = outcome === 'rejected' ? 'failed' : outcome;
      const end = ofHttp.some((name) => name in fault) ? 'completed' : overWebSocket;
      return [JSON.stringify(fault), [end, end]];
    }),
  );
});
