/** The parts of a JSON Schema that contain keys. */
interface Described {
  description?: string;
  properties?: Record<string, Described>;
  additionalProperties?: unknown;
  items?: unknown;
  anyOf?: unknown[];
  allOf?: unknown[];
}

/**
 * Descriptions of the keys of a scenario, for editors: by `parent.key`, else by `key`. A description in
 * the schema itself wins.
 */
const descriptions: Readonly<Record<string, string>> = {
  version: 'The version of the file format: 1.',
  description: 'What the scenario rehearses, in a sentence.',
  seed: 'Decides every draw, together with the name of the scenario and the key of a request.',
  behaviour: 'What a stream says, when, and how it fails.',
  cases: 'Other behaviours for some requests; the first case that matches a request applies.',
  load: 'The load that `rehearsal run` puts on the server.',
  targets: 'The targets that a run is judged against.',

  text: 'The text of a stream: `given: "some text"`, `file: story.txt`, `echo` (the prompt), `none`, or `generate: { chars }`.',
  'text.given': 'The text, verbatim.',
  'text.file': "A text file in the scenario's folder or below, sent verbatim.",
  'text.generate': 'A text of a length, drawn from the seed.',
  language: '`zh`, `en`, or `auto`: Chinese if the prompt contains a Han character, else English.',
  'generate.chars': 'Length in characters (code points), met exactly.',
  'generate.tokens': 'Length in tokens instead of characters, met exactly.',
  'generate.style':
    'What a chat interface has to render: `prose`, `markdown` (from 80 characters on: headings, lists, tables, code, links) or `json` (one valid document).',
  reasoning:
    'Thoughts that come before the text, with its timing: `given: "some thoughts"` or `generate: { language, chars }`.',
  'reasoning.given': 'The thoughts, verbatim.',
  'reasoning.generate': 'Prose of a length, drawn from the seed.',
  toolCalls: 'Tool calls, which come after the text. Beside them, `text` is `none` by default.',
  'toolCalls.name': 'The tool, by its name. Default: the first tool of the request.',
  'toolCalls.arguments':
    "A map, or a text that is sent to the letter. Default: generated to fit the tool's JSON Schema.",
  fragmentChars: 'Length of a fragment of the arguments in characters, or whole.',
  toolCallOrder: '`sequential`: call after call; `interleaved`: a fragment of each in turn.',
  finishReason:
    'Why the stream ends: `stop`, `length` or `content-filter`. Default: `tool-calls` after tool calls, else `stop`.',
  usage:
    'The tokens that the last chunk states: `{ inputTokens, outputTokens, reasoningTokens, cachedTokens }`. Default of each: counted from the plan.',
  inputTokens: 'Tokens of the request. Default: a quarter of its characters.',
  outputTokens: 'Tokens of the answer: reasoning, text and arguments.',
  reasoningTokens: 'Of the output tokens, those of reasoning.',
  cachedTokens: 'Of the input tokens, those that were read from a cache. Default: 0.',
  firstToken: 'Time from the accepted request to the first token.',
  interToken: 'Time from each token to the next.',
  uniform: 'A uniform distribution between two bounds.',
  'uniform.min': 'The shortest time.',
  'uniform.max': 'The longest time.',
  normal: 'A normal distribution, cut off at 0.',
  'normal.mean': 'The mean of the distribution.',
  deviation: 'The standard deviation.',
  lognormal: 'A log-normal distribution, as latencies of real models have.',
  median: 'The median: half of the times are shorter.',
  p99: 'The 99th percentile: 1 of 100 times is longer.',
  'lognormal.mean': 'The mean of the distribution.',
  variation: 'The standard deviation as a multiple of the mean.',
  tokensPerSecond: 'A constant rate of tokens.',
  bursts: 'Tokens in groups, with pauses between the groups.',
  'bursts.tokens': 'How many tokens a group has.',
  'tokens.min': 'The fewest tokens of a group.',
  'tokens.max': 'The most tokens of a group.',
  within: 'Time from token to token within a group.',
  pause: 'Time from one group to the next.',
  tokenChars:
    'How many characters a token has, uniformly distributed. A grapheme (an emoji with its modifiers) is never split.',
  'tokenChars.min': 'The fewest characters of a token.',
  'tokenChars.max': 'The most characters of a token.',
  chunkChars:
    'The agent sends a chunk as soon as it has buffered so many characters, and the rest at the end.',
  trace: 'A recorded stream, instead of text, tokens, chunks and times.',
  'trace.given': 'The chunks of the recording, in order.',
  'trace.file': "A recording in the scenario's folder or below, as `rehearsal record` writes it.",
  'given.ms': 'When the chunk is sent, in milliseconds after the request.',
  'given.text': 'The text of the chunk; it may be left out beside parts.',
  'given.reasoning': 'The reasoning of the chunk, which comes before its text.',
  'given.toolCalls': 'The fragments of tool calls of the chunk, which come after its text.',
  'toolCalls.index': 'The number of the call in the stream, from 0.',
  'toolCalls.id': 'The id of the call; on its first fragment.',
  'given.finishReason': 'Why the stream ended; on the last chunk.',
  'given.usage': 'The tokens of the stream; on the last chunk.',
  speed:
    'How many times faster than planned every stream runs, or `instant`. The `x-rehearsal-speed` of a request wins.',
  slowing: 'How streams slow down as the agent gets busy.',
  above: 'So many open streams slow nothing down.',
  perStream: 'How much slower for each open stream beyond that.',

  faults:
    'How streams fail: the name of a fault, or a fault with its settings, its probability and `first`.',
  probability: 'The share of streams that the fault strikes, in per cent.',
  first: 'Strikes only so many requests of a key, from the first.',
  at: 'Where in the stream: start, end, chunks, chars or time.',
  'at.chunks': 'After so many chunks.',
  'at.chars': 'After so many characters.',
  'at.time': 'At this time after the request.',
  for: 'How long it lasts.',

  when: 'The conditions of the case, all of which a request must meet.',
  promptContains: 'Text that the prompt contains, verbatim.',
  promptMatches: 'A regular expression (RE2) that matches somewhere in the prompt.',
  model: 'The model of the request.',
  nth: 'The number of the request for this key, or for this prompt and model, from 1.',
  lastRole: 'The role of the last message: system, user, assistant or tool.',
  toolResultOf: 'The tool whose result ends the conversation.',
  hasToolResult: 'Whether the result of a tool follows the last message of the user.',
  turn: 'The number of user messages of the conversation.',
  hasTools: 'Whether the request brings tools.',
  messageContains: 'Text that any message contains, verbatim.',

  request: 'The content of each request of the load.',
  env: 'The name of the environment variable with the value.',
  firstChunk: 'Time to the first chunk, 95th percentile.',
  'targets.interval': 'Mean interval between chunks, over streams.',
  connectionSuccess: 'Connections that succeed: 2xx and text/event-stream.',
  streamSuccess: 'Streams that end with a final message.',
  concurrentStreams: 'Peak of the streams that are open at once.',
  target: 'Beyond this value the target is missed.',
  alarm: 'Beyond this value the run fails.',
};

/** Adds a description to each key of a JSON Schema that has none. */
export function describeKeys(schema: unknown, above = ''): void {
  if (!isDescribed(schema)) return;
  for (const [key, place] of Object.entries(schema.properties ?? {})) {
    const description = place.description ?? descriptions[`${above}.${key}`] ?? descriptions[key];
    if (description !== undefined) place.description = description;
    describeKeys(place, key);
  }
  const { items, additionalProperties, anyOf = [], allOf = [] } = schema;
  for (const below of [items, additionalProperties, ...anyOf, ...allOf]) describeKeys(below, above);
}

/** False for `false`, which forbids additional keys. */
function isDescribed(schema: unknown): schema is Described {
  return typeof schema === 'object' && schema !== null;
}
