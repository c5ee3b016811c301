import { Metadata } from '@grpc/grpc-js';
import type { Context } from 'koa';

import { resumeMetadata } from '../../proto/metadata.ts';
import { performance } from '../../proto/timers.ts';
import { GatewayError } from '../errors.ts';
import type { RequestEvents } from '../observer.ts';
import { dialectAnswer } from './dialect-answer.ts';
import type { Answering } from './dialect-route.ts';
import { keepIdentity } from './error-identity.ts';
import { httpClient } from './http-client.ts';
import { noteSent, streamName, type ResumableStream } from './resumable-streams.ts';
import { identifyOnce } from './stream-identity.ts';

type Query = Context['query'];

/**
 * Answers a request for a stream that was begun before, which the format names by an id: what was sent
 * comes at once, and the rest at its times, with its faults. Faults in what the client has read strike no more.
 * @throws what `Generations.start` throws, NOT_FOUND for an unknown id, and INVALID_REQUEST for a wrong query
 */
export async function resumeInDialect(
  context: Context,
  { dialect, hasEmptyResume, generations, resumable, options }: Answering,
  events: RequestEvents,
): Promise<void> {
  const startMs = performance.now();
  const { params, query }: { params?: { id?: string }; query: Query } = context;
  const id = params?.id ?? '';
  const stream = resumable.get(streamName(dialect, id));
  if (hasEmptyResume && (stream === undefined || stream.isOver)) {
    context.status = 204;
    events.ended?.('nothing-more');
    return;
  }
  if (stream === undefined) {
    const details = `id: there is no ${JSON.stringify(id)} here`;
    throw new GatewayError('NOT_FOUND', details, { missing: 'answer' });
  }
  const isStreamed = dialect.isAlwaysStreamed === true || readBoolean(query, 'stream');
  const startingAfter =
    dialect.isAlwaysStreamed === true ? undefined : readStart(query, stream, isStreamed);
  const identify = identifyOnce(stream.request.model || options.defaultModel);
  const client = httpClient(
    context,
    dialectAnswer(context, {
      dialect,
      request: { ...stream.asked, isStreamed },
      identify,
      wireFaults: options.wireFaults,
      isRepeated: true,
      startingAfter,
      // A format without numbers is sent from its start: its client has read what was sent.
      readUpTo: dialect.isAlwaysStreamed === true ? (stream.lastSent ?? 0) : startingAfter,
      written: (number) => void (stream.lastSent = Math.max(stream.lastSent ?? 0, number)),
    }),
  );
  const request = { ...stream.request, metadata: metadataOf(stream) };
  await keepIdentity(context, noteSent(events, stream), identify, (noted) =>
    generations.start({ request, startMs, fromChar: 0, events: noted }, client),
  );
}

function metadataOf({ metadata, sentChars }: ResumableStream): Metadata {
  const repeated = new Metadata();
  for (const [name, value] of Object.entries(metadata)) repeated.set(name, value);
  if (sentChars > 0) repeated.set(resumeMetadata, String(sentChars));
  return repeated;
}

function readBoolean(query: Query, name: string): boolean {
  const text = query[name];
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new GatewayError('INVALID_REQUEST', `query ${name}: must be true or false, or left out`);
}

/** Reads the number of the last event that the client has. */
function readStart(
  query: Query,
  { lastSent }: ResumableStream,
  isStreamed: boolean,
): number | undefined {
  const text = query['starting_after'];
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^\d{1,9}$/.test(text)) {
    throw wrongStart('must be a whole number from 0');
  }
  if (!isStreamed) throw wrongStart('is for a stream; add stream=true, or leave it out');
  if (lastSent === undefined) {
    throw wrongStart('no event of this response was streamed yet; leave it out');
  }
  const number = Number(text);
  if (number > lastSent) {
    throw wrongStart(`must not exceed ${lastSent}, the number of the last event that was sent`);
  }
  return number;
}

function wrongStart(words: string): GatewayError {
  return new GatewayError('INVALID_REQUEST', `query starting_after: ${words}`);
}
