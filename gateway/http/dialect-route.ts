import type { Context } from 'koa';

import { ContractError } from '../../proto/contract-error.ts';
import type { Dialect } from '../../proto/dialects/dialect.ts';
import { performance } from '../../proto/timers.ts';
import type { AgentCall, AgentRequest } from '../agent/agent-client.ts';
import { GatewayError } from '../errors.ts';
import type { Generations } from '../generations.ts';
import type { RequestEvents } from '../observer.ts';
import type { GatewayOptions } from '../options.ts';
import { dialectAnswer } from './dialect-answer.ts';
import { keepIdentity } from './error-identity.ts';
import { replayOf } from './event-ids.ts';
import { httpClient } from './http-client.ts';
import { readMetadata, refuseLongPrompt } from './read-request.ts';
import {
  noteSent,
  streamName,
  textsOf,
  type ResumableStream,
  type ResumableStreams,
} from './resumable-streams.ts';
import { identifyOnce } from './stream-identity.ts';

/** What a dialect's routes answer with. */
export interface Answering {
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
  const metadata = readMetadata(context.query, context.headers);
  const request: AgentRequest = { prompt, model, messages, tools, metadata };
  const identify = identifyOnce(model);
  const answer = { dialect, request: asked, identify, wireFaults: options.wireFaults };
  const { resumeId } = asked;
  if (resumeId === undefined) {
    const client = httpClient(context, dialectAnswer(context, answer));
    await keepIdentity(context, events, identify, (noted) =>
      generations.start({ request, startMs, fromChar: 0, events: noted }, client),
    );
    return;
  }
  const stream: ResumableStream = {
    request: { prompt, model, messages, tools },
    asked,
    bodyUnits: context.request.rawBody?.length ?? 0,
    metadata: {},
    sentChars: 0,
    lastSent: undefined,
    isOver: false,
  };
  const written = (number: number) => void (stream.lastSent = number);
  const keep = (call: Pick<AgentCall, 'metadata'>) => {
    const id = resumeId(identify(call));
    const replay = replayOf(call);
    // An agent that does not describe its stream cannot repeat it.
    if (id === undefined || Object.keys(replay).length === 0) return;
    stream.metadata = { ...textsOf(metadata), ...replay };
    resumable.set(streamName(dialect, id), stream);
  };
  const client = httpClient(context, dialectAnswer(context, { ...answer, written }));
  const noting = noteSent(events, stream);
  const accepted: RequestEvents['accepted'] = (described) => {
    events.accepted?.(described);
    keep({ metadata: described });
  };
  await keepIdentity(context, { ...noting, accepted }, identify, (noted) =>
    generations.start({ request, startMs, fromChar: 0, events: noted }, client),
  );
}

/** @throws GatewayError INVALID_REQUEST for a body that `read` finds wrong. */
export function readBody<T>(read: (body: unknown) => T, body: unknown): T {
  try {
    return read(body);
  } catch (error) {
    if (error instanceof RangeError) {
      throw new GatewayError('INVALID_REQUEST', 'body: is nested too deeply', { cause: error });
    }
    if (!(error instanceof ContractError)) throw error;
    throw new GatewayError('INVALID_REQUEST', error.message, { cause: error });
  }
}
