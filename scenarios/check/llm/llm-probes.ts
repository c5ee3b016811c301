import type { BehaviourInput, Probe } from '../probe.ts';

const prose =
  'The lighthouse had been dark for a year before anybody thought of asking its keeper. ';

const awkwardText =
  'line\nline\r\nline\rdata: {"delta":"no"}\n\ndata: [DONE]\n\n: comment\n"quoted" \\back\\ \ttab\u2028line </script> é 中文 👩‍👩‍👧 🇵🇹 end';

/** What the agent calls with the tool of the probe's request. */
export const toolArguments = { city: 'Lisbon', days: [1, 2, 3], note: 'say "hi"\n' };

/** Text in chunks of five characters. */
function paced(chars: number, interToken = '10ms'): BehaviourInput {
  const given = prose.repeat(Math.ceil(chars / prose.length)).slice(0, chars);
  return { text: { given }, firstToken: '40ms', interToken, tokenChars: { min: 5, max: 5 } };
}

const long = paced(400, '20ms');

/**
 * Returns every probe of a gateway for LLM clients by name, in the order in which they start.
 * @param hasProvider whether a provider stands below, which can carry out faults of the wire
 */
export function listLlmProbes(hasProvider: boolean) {
  return {
    story: {
      does: 'a short text, with its usage',
      behaviour: { ...paced(123), usage: { inputTokens: 321, outputTokens: 77 } },
    },
    'slow-story': {
      does: 'five characters every 100 ms, for 2 s: less than the buffers of proxies hold',
      behaviour: paced(100, '100ms'),
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
    'tool-call': {
      does: 'a call of a tool, its arguments in fragments',
      behaviour: {
        ...paced(30),
        toolCalls: [{ name: 'get_weather', arguments: toolArguments }],
      },
    },
    reasoning: {
      does: 'reasoning before the text',
      behaviour: { ...paced(60), reasoning: { given: 'The user wants a story, so I write one.' } },
    },
    'rate-limited': {
      does: 'a refusal of one who asks too often, in place of a stream',
      behaviour: {
        ...paced(30),
        faults: hasProvider
          ? [{ httpStatus: { status: 429, retryAfter: '1s' } }]
          : [{ refuse: { status: 'RESOURCE_EXHAUSTED' } }],
      },
    },
    unavailable: {
      does: 'a refusal of one who is overloaded, in place of a stream',
      behaviour: {
        ...paced(30),
        faults: hasProvider
          ? [{ httpStatus: { status: 503 } }]
          : [{ refuse: { status: 'UNAVAILABLE' } }],
      },
    },
    'error-later': {
      does: 'some text, then an error event',
      behaviour: {
        ...long,
        faults: [{ errorStatus: { at: { chars: 100 }, details: 'the model ran out of ink' } }],
      },
    },
    cut: {
      does: 'some text, then a reset of the connection',
      behaviour: { ...long, faults: [{ reset: { at: { chars: 100 } } }] },
    },
    truncated: {
      does: 'some text, then the end of the response without its last event',
      behaviour: { ...long, faults: [{ truncate: { at: { chars: 100 } } }] },
    },
    pause: {
      does: 'some text, a pause of 2.5 s, then the rest',
      behaviour: { ...paced(100), faults: [{ stall: { at: { chars: 30 }, for: '2500ms' } }] },
    },
    leave: {
      does: 'a long text, whose client leaves',
      behaviour: paced(5000, '20ms'),
      act: { act: 'leave', afterFirstMs: 200 },
    },
    'at-once': {
      does: 'twenty texts at once, started 10 ms apart',
      behaviour: { text: 'echo', firstToken: '40ms', interToken: '20ms' },
      atOnce: { streams: 20, apartMs: 10 },
      runs: 'alone',
    },
  } satisfies Record<string, Probe>;
}

export type LlmProbeName = keyof ReturnType<typeof listLlmProbes>;
