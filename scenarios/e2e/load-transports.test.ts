import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Outcome } from '../../reports/sample.ts';
import { selfSigned } from '../load/testing/self-signed.ts';
import { anyTrust } from '../load/target/trust.ts';
import { loadInFormats } from './support/load-stack.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-transports-'));
});

afterAll(() => rm(folder, { recursive: true }));

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

type Ends = [fault: string, ends: string[]];

type Stack = NonNullable<Parameters<typeof loadInFormats>[3]>;

/** Returns how the streams of each fault end, and how often they reconnect. */
async function endsOver(request: object, stack: Stack = {}): Promise<Ends[]> {
  const ends: Ends[] = [];
  const waiting = faults.map(([, fault]) => fault);
  while (waiting.length > 0) {
    const some = waiting.splice(0, atOnce).map((fault) => endsOf(fault, request, stack));
    ends.push(...(await Promise.all(some)));
  }
  return ends;
}

async function endsOf(fault: object, request: object, stack: Stack = {}): Promise<Ends> {
  const behaviour = { ...text, faults: Object.keys(fault).length === 0 ? [] : [fault] };
  // One after the other over HTTP/2, where the reset of a connection takes other streams along.
  const streams = stack.trust === undefined ? 2 : 1;
  const load = { streams, total: 2, idleLimit: 'silence' in fault ? '5s' : '30s', request };
  const [loaded] = await loadInFormats(behaviour, [undefined], load, {
    ...stack,
    gatewayOptions: { retryMs: 20, ...stack.gatewayOptions },
  });
  const { differences, asForetold } = loaded?.expectations ?? {};
  const name = JSON.stringify(fault);
  // A gateway resets the one stream over HTTP/2; the plan is that of HTTP/1.1.
  const isOtherwise = stack.trust !== undefined && 'dropConnection' in fault;
  const reset = { foretold: 'cut', seen: 'reset: RST_STREAM INTERNAL_ERROR', count: 2 };
  expect([name, asForetold, differences]).toEqual([
    name,
    isOtherwise ? 0 : 2,
    isOtherwise ? [reset] : [],
  ]);
  const ends = loaded?.samples.map(({ outcome, reconnects }) =>
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

test('over TLS streams end as without it, but over HTTP/2 a dropped connection resets its one stream', async () => {
  const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(tlsCert, selfSigned.cert);
  await writeFile(tlsKey, selfSigned.key);
  const stack = { gatewayOptions: { tlsCert, tlsKey }, trust: anyTrust };
  const overWss = await endsOf({}, { transport: 'websocket' }, stack);
  expect(overWss).toEqual(['{}', ['completed', 'completed']]);
  const ends = await endsOver({ httpVersion: 2 }, stack);
  expect(ends).toEqual(
    faults.map(([outcome, fault]) => {
      const end = 'dropConnection' in fault ? 'reset' : outcome;
      return [JSON.stringify(fault), [end, end]];
    }),
  );
});
