import type { Numbers } from './numbers.ts';
import type { BehaviourInput, Probe } from './probe.ts';

const prose = 'The river kept its own hours, and nobody in the village had ever asked it why. ';

/** A text whose pieces break an event that was put together carelessly. */
const awkwardText =
  'line\nline\r\nline\rdata: {"delta":"no"}\n\nevent: error\n: comment\n"quoted" \\back\\ \ttab\u2028line </script> é 中文 👩‍👩‍👧 🇵🇹 end';

/** The message of every planned failure, which `details` has to tell (C3). */
export const failureDetails = 'the model ran out of ink';

/** Text in chunks of five characters. */
function paced(chars: number, interToken = '10ms'): BehaviourInput {
  const given = prose.repeat(Math.ceil(chars / prose.length)).slice(0, chars);
  return {
    text: { given },
    firstToken: '40ms',
    interToken,
    tokenChars: { min: 5, max: 5 },
  };
}

/** Fails so late that the text before it has arrived. */
function failsLater(status: 'INTERNAL' | 'UNAVAILABLE' | 'RESOURCE_EXHAUSTED'): BehaviourInput {
  return {
    ...paced(100),
    faults: [
      { stall: { at: { chars: 30 }, for: '5s' } },
      { errorStatus: { at: { time: '600ms' }, status, details: failureDetails } },
    ],
  };
}

const silentAfterText: BehaviourInput = {
  ...paced(100),
  faults: [{ silence: { at: { chars: 30 } } }],
};

const short = paced(123);

/**
 * Far more than a gateway can hold in a buffer of 100 chunks (5 MB), in the window of its call (grpc-go lets it
 * grow to 16 MB) and in its sockets (6 MB).
 */
const unread = { chunks: 1000, chars: 50_000 };

const firstTexts = 16;

/** Returns every probe by name, in the order in which they start. */
export function listProbes({ pushIntervalMs, pingIntervalMs, streamLimitMs }: Numbers) {
  return {
    pings: {
      does: 'five characters every 200 ms, then nothing, for two intervals between pings',
      behaviour: {
        ...paced(Math.ceil((pingIntervalMs * 1.4) / 200) * 5, '200ms'),
        faults: [{ silence: { at: 'end' } }],
      },
      limitMs: pingIntervalMs * 2.6,
      runs: 'long',
    },
    limit: {
      does: 'a little text, then nothing for longer than a stream may last',
      behaviour: silentAfterText,
      limitMs: streamLimitMs * 1.05 + 3000,
      runs: 'long',
    },
    story: {
      does: 'a short text, its last part in the final chunk; the request has unknown fields',
      behaviour: short,
      request: { via: 'post', fields: { temperature: 0.5, unknown: { deep: [1] } } },
    },
    'stream-false': {
      does: 'a short text, for a request with "stream": false',
      behaviour: short,
      request: { via: 'post', fields: { stream: false } },
    },
    'no-stream-field': {
      does: 'a short text, for a request without "stream"',
      behaviour: short,
      request: { via: 'post', fields: { stream: undefined } },
    },
    'no-model': {
      does: 'a short text, for a request without "model"',
      behaviour: short,
      request: { via: 'post', fields: { model: undefined } },
    },
    get: {
      does: 'a short text, for a GET with the prompt in the query',
      behaviour: short,
      request: { via: 'get' },
    },
    'no-prompt': {
      does: 'a request without a prompt',
      behaviour: short,
      request: { via: 'post', fields: { prompt: undefined } },
    },
    'wrong-prompt': {
      does: 'a request whose prompt is a number',
      behaviour: short,
      request: { via: 'post', fields: { prompt: 42 } },
    },
    'not-json': {
      does: 'a request whose body is not JSON',
      behaviour: short,
      request: { via: 'post', rawBody: '{"prompt": "unfinished' },
    },
    parts: {
      does: 'reasoning, text and a tool call, in fields beyond the specified five',
      behaviour: {
        ...paced(60),
        reasoning: { given: 'Let me think about that.' },
        toolCalls: [{ name: 'get_weather', arguments: { city: 'Lisbon' } }],
      },
    },
    websocket: {
      does: 'a short text, over WebSocket',
      behaviour: short,
      request: { via: 'websocket' },
    },
    'awkward-text': {
      does: 'line ends, quotes, field names and emoji in the text',
      behaviour: {
        text: { given: awkwardText },
        firstToken: '40ms',
        interToken: '15ms',
        tokenChars: { min: 1, max: 4 },
      },
    },
    'late-final': {
      does: 'all text, then a pause, then a final chunk without text',
      behaviour: { ...paced(60), faults: [{ stall: { at: 'end', for: '1500ms' } }] },
    },
    leave: {
      does: 'a long text, whose client leaves',
      behaviour: paced(5000, '20ms'),
      act: { act: 'leave', afterFirstMs: 200 },
    },
    'leave-in-silence': {
      does: 'a little text, then nothing; the client leaves in the silence',
      behaviour: silentAfterText,
      act: { act: 'leave', afterFirstMs: 800 },
    },
    'error-later': {
      does: 'some text, a pause, then the gRPC status INTERNAL',
      behaviour: failsLater('INTERNAL'),
    },
    'error-at-once': {
      does: 'text, and right after it the gRPC status INTERNAL',
      behaviour: {
        ...paced(200, '3ms'),
        faults: [{ errorStatus: { at: { chars: 100 }, details: failureDetails } }],
      },
      times: 3,
    },
    'error-field': {
      does: 'some text, a pause, then a chunk with an error',
      behaviour: {
        ...paced(100),
        faults: [
          { errorField: { at: { chars: 30 }, message: failureDetails } },
          { stall: { at: { chunks: 6 }, for: '600ms' } },
        ],
      },
    },
    'error-field-at-once': {
      does: 'text, and right after it a chunk with an error',
      behaviour: {
        ...paced(200, '3ms'),
        faults: [{ errorField: { at: { chars: 100 }, message: failureDetails } }],
      },
      times: 3,
    },
    'unavailable-later': {
      does: 'some text, a pause, then the gRPC status UNAVAILABLE',
      behaviour: failsLater('UNAVAILABLE'),
    },
    'exhausted-later': {
      does: 'some text, a pause, then the gRPC status RESOURCE_EXHAUSTED',
      behaviour: failsLater('RESOURCE_EXHAUSTED'),
    },
    benchmark: {
      does: "the benchmark's story",
      behaviour: paced(500, '4ms'),
      prompt: '写一段500字的故事',
    },
    'one-connection': {
      does: 'short texts, one after another on one connection',
      behaviour: paced(40),
      times: 10,
      oneConnection: true,
    },
    fast: {
      does: `five characters every 7 ms, for ${Math.round(pushIntervalMs * 30)} ms`,
      behaviour: paced(Math.ceil((pushIntervalMs * 30) / 7) * 5, '7ms'),
      runs: 'alone',
    },
    'first-text': {
      does: 'short texts, whose first chunks come at different times',
      behaviour: paced(20),
      // At even distances over an interval, so that a clock which ticks from the request on is caught.
      variants: Array.from({ length: firstTexts }, (_, index) => ({
        ...paced(20),
        firstToken: `${20 + Math.round((index * pushIntervalMs) / firstTexts)}ms`,
      })),
      times: firstTexts,
      runs: 'alone',
    },
    unread: {
      does: `${unread.chunks} chunks of ${unread.chars} characters, to a client that stops reading`,
      behaviour: {
        ...paced(20),
        faults: Array.from({ length: unread.chunks }, () => ({
          hugeChunk: { at: { chars: 10 }, chars: unread.chars },
        })),
      },
      act: { act: 'stop reading', untilQuietMs: Math.min(2000, streamLimitMs / 8) },
      limitMs: 60_000,
      runs: 'alone',
    },
    'at-once': {
      does: 'fifty texts at once, started 10 ms apart',
      behaviour: paced(500),
      limitMs: 20_000,
      atOnce: { streams: 50, apartMs: 10 },
      runs: 'alone',
    },
  } satisfies Record<string, Probe>;
}

export type ProbeName = keyof ReturnType<typeof listProbes>;
