import type { Dialect } from '../../../proto/dialects/dialect.ts';
import { describeResponse, isStream } from '../clauses/stream-facts.ts';
import { userMessage } from '../../../proto/parts.ts';
import type { Clause } from '../clause.ts';
import { departed, firstDeviation, notTestable, type Judgement } from '../judgement.ts';
import { createEventsReader } from '../read-events.ts';
import type { Seen } from '../seen.ts';
import type { LlmProbeName } from './llm-probes.ts';
import {
  requestedOnce,
  cancelled,
  endsOnce,
  pausePassedOn,
  refusedWith,
  sameText,
  sameToolCall,
  sameUsage,
  notBuffered,
  reportedAsBroken,
} from './llm-judgements.ts';
import { readAnswer, type SeenAnswer } from './read-answer.ts';

type LlmClause = Clause<LlmProbeName>;

/**
 * Returns every clause of a gateway for clients of a dialect. They say what users of LLM gateways expect; no
 * specification has them.
 * @param hasProvider whether a provider stands below, whose connections can break; otherwise an agent (A5) does
 */
export function llmClauses(dialect: Dialect, hasProvider: boolean): readonly LlmClause[] {
  const of = (
    seen: Seen | undefined,
    judge: (answer: SeenAnswer, seen: Seen) => Judgement,
  ): Judgement => {
    if (seen === undefined) return notTestable('the probe did not run');
    return isStream(seen.response)
      ? judge(readAnswer(dialect, seen.response), seen)
      : departed({ expected: 'a stream', seen: describeResponse(seen.response) });
  };
  const isError = errorReader(dialect);
  const all: readonly (LlmClause & { isLeftOut?: boolean })[] = [
    {
      id: 'L1',
      title: 'the stream ends once',
      says: `A complete stream ends with ${dialect.finalEvent}, once, and nothing follows it.`,
      probes: ['story'],
      judge: (seen) =>
        of(seen('story')[0], (answer, { response }) => endsOnce(answer, response.end)),
    },
    {
      id: 'L2',
      title: 'text is not buffered',
      says: 'Text arrives while the model is still writing.',
      probes: ['slow-story'],
      judge: (seen) => of(seen('slow-story')[0], notBuffered),
    },
    {
      id: 'L3',
      title: 'text arrives unchanged',
      says: 'The text of the model arrives unchanged, whatever is in it.',
      probes: ['awkward-text'],
      judge: (seen) => of(seen('awkward-text')[0], sameText),
    },
    {
      id: 'L4',
      title: 'tool calls arrive whole',
      says: 'The fragments of a tool call join to its name and its arguments.',
      probes: ['tool-call'],
      judge: (seen) => of(seen('tool-call')[0], sameToolCall),
    },
    {
      id: 'L5',
      title: 'usage is passed on',
      says: 'A client that asks for the usage gets the numbers of the model.',
      probes: ['story'],
      isLeftOut: !carriesUsage(dialect),
      judge: (seen) => of(seen('story')[0], sameUsage),
    },
    {
      id: 'L6',
      title: 'an error in place of a stream keeps its status',
      says: 'A 429 stays a 429 and a 503 a 5xx, with an error body of the format, so that SDKs retry.',
      probes: ['rate-limited', 'unavailable'],
      judge: (seen) =>
        firstDeviation(
          [
            refusedWith(seen('rate-limited')[0], (status) => status === 429, isError, 'status 429'),
            refusedWith(
              seen('unavailable')[0],
              (status) => status >= 500,
              isError,
              'a status from 500',
            ),
          ],
          '429, and 5xx',
        ),
    },
    {
      id: 'L7',
      title: 'an error in mid-stream is reported',
      says: 'A generation that fails after some text ends with an error of the format, or with a broken connection; never as if it were complete.',
      probes: ['error-later'],
      judge: (seen) => of(seen('error-later')[0], reportedAsBroken),
    },
    {
      id: 'L8',
      title: 'a lost connection is reported',
      says: 'If the connection to the model breaks, the client sees an error or a broken connection; the stream does not end as if it were complete.',
      probes: ['cut', 'truncated'],
      isLeftOut: !hasProvider,
      judge: (seen) =>
        firstDeviation(
          [of(seen('cut')[0], reportedAsBroken), of(seen('truncated')[0], reportedAsBroken)],
          'a reset and an early end are told',
        ),
    },
    {
      id: 'L9',
      title: 'no retry after text was sent',
      says: 'Once the client has text, the gateway does not repeat its request to the model: the client would read a second answer after the first.',
      probes: ['cut'],
      isLeftOut: !hasProvider,
      judge: (seen) => of(seen('cut')[0], requestedOnce),
    },
    {
      id: 'L10',
      title: 'a pause of the model is waited for',
      says: 'The gateway waits for a model that pauses for some seconds, and sends the text from before the pause without delay.',
      probes: ['pause'],
      judge: (seen) => of(seen('pause')[0], pausePassedOn),
    },
    {
      id: 'L11',
      title: 'a client that leaves cancels the generation',
      says: 'When the client disconnects, the gateway cancels its request to the model, which would go on costing money.',
      probes: ['leave'],
      judge: (seen) => of(seen('leave')[0], (_, each) => cancelled(each)),
    },
    {
      id: 'L12',
      title: 'streams are not mixed up',
      says: 'Each of several simultaneous streams gets its own text.',
      probes: ['at-once'],
      judge: (seen) =>
        firstDeviation(
          seen('at-once').map((each) => of(each, sameText)),
          `${seen('at-once').length} texts`,
        ),
    },
    {
      id: 'L13-reading',
      title: 'reasoning is passed on',
      says: 'Reasoning arrives as reasoning. Formats and gateways differ in this, and some leave it out on purpose.',
      probes: ['reasoning'],
      judge: (seen) =>
        of(seen('reasoning')[0], (answer, each) => sameText(answer, each, 'reasoning')),
    },
  ];
  return all.filter(({ isLeftOut = false }) => !isLeftOut);
}

/** Whether streams of a dialect have a place for the usage. */
function carriesUsage(dialect: Dialect): boolean {
  const request = { messages: [userMessage('a')], model: 'gpt-4', id: 'a', includesUsage: true };
  const { encoder } = dialect.readRequest(dialect.writeRequest(request));
  const usage = { inputTokens: 3, outputTokens: 2, reasoningTokens: 0, cachedTokens: 0 };
  const { start, event } = encoder({ hash: '0'.repeat(32), createdSec: 0, model: 'gpt-4' });
  const reader = createEventsReader(() => {});
  const data = { delta: 'a', isFinal: true, parts: { finishReason: 'stop' as const, usage } };
  reader.feed(Buffer.from(start() + event({ event: 'message', data })), 0);
  return readAnswer(dialect, reader).usage !== undefined;
}

/** Returns a function that recognises the body of an error: a text where the format has no more, or an object. */
function errorReader({ errorAnswer }: Dialect): (body: string) => boolean {
  const { body: example } = errorAnswer({
    httpStatus: 503,
    code: 'AGENT_UNAVAILABLE',
    message: 'example',
    hash: '0'.repeat(32),
    createdSec: 0,
  });
  if (typeof example !== 'object' || example === null) return (body) => body !== '';
  return (body) => {
    try {
      const json: unknown = JSON.parse(body);
      return Object.keys(example).every((key) => Object.hasOwn(Object(json), key));
    } catch {
      return false;
    }
  };
}
