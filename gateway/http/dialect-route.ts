import { Metadata } from '@grpc/grpc-js';
import type { Context } from 'koa';

import {
  RequestProblem,
  type Dialect,
  type DialectRequest,
  type EncoderOptions,
} from '../../proto/dialects/dialect.ts';
import { resumeMetadata } from '../../proto/metadata.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import { performance } from '../../proto/timers.ts';
import type { Quirk } from '../../proto/wire-fault.ts';
import type { AgentCall, AgentRequest } from '../agent/agent-client.ts';
import { GatewayError } from '../errors.ts';
import type { Client, Generations } from '../generations.ts';
import type { RequestEvents } from '../observer.ts';
import type { GatewayOptions } from '../options.ts';
import { dialectFormat } from '../sinks/dialect-format.ts';
import type { SseFormat } from '../sinks/sse.ts';
import { readWireFaults } from '../wire/read-wire-faults.ts';
import { openWholeAnswer, type WholeFormat } from '../sinks/whole-answer.ts';
import { dialectStreamError, exposed } from './dialect-errors.ts';
import { replayOf } from './event-ids.ts';
import { httpClient, sseOpeners } from './http-client.ts';
import { readMetadata, refuseLongPrompt } from './read-request.ts';
import type { ResumableStream, ResumableStreams } from './resumable-streams.ts';
import { identifyStream } from './stream-identity.ts';

/** What a dialect's routes answer with. */
interface Answering {
  dialect: Dialect;
  /** Whether there is no error where nothing can be resumed, but a 204. */
  hasEmptyResume: boolean;
  generations: Generations;
  resumable: ResumableStreams;
  options: GatewayOptions;
}

/**
 * Answers a request in a dialect, streamed or whole as it asks.
 * @throws what `Generations.start` throws, and INVALID_REQUEST for a request that is wrong.
 */
export async function answerInDialect(
  context: Context,
  { dialect, generations, resumable, options }: Answering,
  events: RequestEvents,
): Promise<void> {
  const startMs = performance.now();
  const asked = readBody(dialect.readRequest, context.request.body);
  const { prompt, model = options.defaultModel, messages, tools } = asked;
  refuseLongPrompt(prompt, options.promptLimitChars, 'the last message of the user');
  const request: AgentRequest = {
    prompt,
    model,
    messages,
    tools,
    metadata: readMetadata(context.query, context.headers),
  };
  const client = httpClient(
    context,
    openerOf(context, dialect, asked, { model, wireFaults: options.wireFaults }),
  );
  await generations.start(
    {
      request,
      startMs,
      fromChar: 0,
      events: remembering(events, dialect, { request, asked, model }, resumable),
    },
    client,
  );
}

/**
 * Answers a request for a stream that was begun before, which the format names by an id: what was sent
 * comes at once, and the rest at its times.
 * @throws what `Generations.start` throws, and NOT_FOUND for an id that is not known.
 */
export async function resumeInDialect(
  context: Context,
  { dialect, hasEmptyResume, generations, resumable, options }: Answering,
  events: RequestEvents,
): Promise<void> {
  const startMs = performance.now();
  const { params, query }: { params?: { id?: string }; query: Context['query'] } = context;
  const id = params?.id ?? '';
  const stream = resumable.get(keyOf(dialect, id));
  if (hasEmptyResume && (stream === undefined || stream.isOver)) {
    context.status = 204;
    events.ended?.('nothing-more');
    return;
  }
  if (stream === undefined) {
    throw new GatewayError('NOT_FOUND', `id: there is no ${JSON.stringify(id)} here`);
  }
  const asked = {
    ...stream.asked,
    isStreamed: dialect.isAlwaysStreamed === true || query['stream'] === 'true',
  };
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(stream.replay)) metadata.set(name, value);
  if (stream.sentChars > 0) metadata.set(resumeMetadata, String(stream.sentChars));
  const model = stream.request.model || options.defaultModel;
  const client = httpClient(
    context,
    openerOf(context, dialect, asked, {
      model,
      wireFaults: options.wireFaults,
      startingAfter: readSequence(query['starting_after']),
    }),
  );
  const request = { ...stream.request, metadata };
  await generations.start({ request, startMs, fromChar: 0, events }, client);
}

function readSequence(text: string | string[] | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^\d{1,9}$/.test(text)) return Number(text);
  throw new GatewayError('INVALID_REQUEST', 'query starting_after: must be a whole number from 0');
}

function keyOf({ name }: Dialect, id: string): string {
  return `${name} ${id}`;
}

/** The same callbacks, with the stream kept for a client that asks for it again. */
function remembering(
  events: RequestEvents,
  dialect: Dialect,
  { request, asked, model }: { request: AgentRequest; asked: DialectRequest; model: string },
  resumable: ResumableStreams,
): RequestEvents {
  const { resumeId } = asked;
  if (resumeId === undefined) return events;
  const { metadata: _, ...message } = request;
  const stream: ResumableStream = {
    request: message,
    asked,
    replay: {},
    sentChars: 0,
    isOver: false,
  };
  return {
    ...events,
    accepted(metadata) {
      events.accepted?.(metadata);
      const replay = replayOf({ metadata });
      const id = resumeId(identifyStream(replay, model));
      // An agent that does not describe its stream cannot repeat it.
      if (id === undefined || Object.keys(replay).length === 0) return;
      stream.replay = replay;
      resumable.set(keyOf(dialect, id), stream);
    },
    message(atMs, delta) {
      events.message?.(atMs, delta);
      stream.sentChars += countChars(delta);
    },
    ended(cause) {
      events.ended?.(cause);
      stream.isOver = cause !== 'client-left' && cause !== 'cut' && cause !== 'not-read';
    },
  };
}

/** @throws GatewayError INVALID_REQUEST for a body that `read` finds wrong. */
export function readBody<T>(read: (body: unknown) => T, body: unknown): T {
  try {
    return read(body);
  } catch (error) {
    if (error instanceof RangeError) {
      throw new GatewayError('INVALID_REQUEST', 'body: is nested too deeply', { cause: error });
    }
    if (!(error instanceof RequestProblem)) throw error;
    throw new GatewayError('INVALID_REQUEST', error.message, { cause: error });
  }
}

interface AnswerOptions extends EncoderOptions {
  model: string;
  /** Whether the agent may ask for faults of the wire. */
  wireFaults: boolean;
}

/** Returns how the answer is opened. */
function openerOf(
  { res }: Context,
  dialect: Dialect,
  asked: DialectRequest,
  { model, wireFaults, ...encoding }: AnswerOptions,
): Pick<Client, 'open' | 'openUndecided' | 'keepsChunks' | 'isWhole'> {
  const identityOf = (call: AgentCall) => identifyStream(replayOf(call), model);

  const quirksOf = ({ metadata }: AgentCall): ReadonlySet<Quirk> => {
    const faults = wireFaults ? readWireFaults(metadata) : [];
    return new Set(faults.flatMap((fault) => (fault.fault === 'quirk' ? fault.kind : [])));
  };

  const wholeFormat = (call: AgentCall): WholeFormat => ({
    answer(answer) {
      const identity = identityOf(call);
      const body = asked.whole?.(answer, identity, quirksOf(call));
      return { status: 200, headers: exposed(dialect.headers(identity)), body };
    },
    error: (error) => dialectStreamError(dialect, error),
  });

  const sseFormat = (call: AgentCall): SseFormat =>
    dialectFormat(
      exposed(dialect.headers(identityOf(call))),
      () => call.metadata !== undefined,
      () => asked.encoder(identityOf(call), { ...encoding, quirks: quirksOf(call) }),
    );

  return asked.isStreamed
    ? { keepsChunks: true, ...sseOpeners(res, sseFormat, 0) }
    : {
        keepsChunks: true,
        isWhole: true,
        open: (call, faults) => openWholeAnswer(res, faults, wholeFormat(call)),
        openUndecided: (call) => openWholeAnswer(res, [], wholeFormat(call)),
      };
}
