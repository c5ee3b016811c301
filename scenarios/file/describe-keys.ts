/** As much of a JSON Schema as carries keys. */
interface Described {
  description?: string;
  properties?: Record<string, Described>;
  additionalProperties?: unknown;
  items?: unknown;
  anyOf?: unknown[];
  allOf?: unknown[];
}

/**
 * What each key of a scenario means, for editors: by the key and the one above it, else by the key alone.
 * A schema that describes its keys itself wins.
 */
const descriptions: Readonly<Record<string, string>> = {
  version: 'The form of this file: 1.',
  description: 'What the scenario rehearses, in a sentence.',
  seed: 'Decides every draw, together with the name of the scenario and the key of a request.',
  behaviour: 'What a stream says, when, and how it fails.',
  cases: 'Other behaviours for some requests; the first case that a request meets answers it.',
  load: 'The load that `rehearsal run` puts on the server.',
  targets: 'What a run is judged by.',

  text: 'What a stream says: given, file, echo (the prompt) or generate.',
  'text.given': 'The text to the letter.',
  'text.file': "A text file in the scenario's folder or below, sent to the letter.",
  'text.generate': 'Prose of a length, drawn from the seed.',
  language: 'zh, en, or auto: Chinese where the prompt has a Han character, else English.',
  'generate.chars': 'Length in characters (code points), met exactly.',
  'generate.tokens': 'Length in tokens instead of characters, met exactly.',
  firstToken: 'Time from the accepted request to the first token.',
  interToken: 'Time from each token to the next.',
  uniform: 'A time between two bounds, every one as likely.',
  'uniform.min': 'The shortest time.',
  'uniform.max': 'The longest time.',
  normal: 'A normal distribution, cut off at 0.',
  'normal.mean': 'The mean of the distribution.',
  deviation: 'The standard deviation.',
  lognormal: 'A log-normal distribution, as latencies of real models have.',
  median: 'Half of the times are shorter.',
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
  tokenChars: 'How many characters a token has, drawn evenly.',
  'tokenChars.min': 'The fewest characters of a token.',
  'tokenChars.max': 'The most characters of a token.',
  chunkChars: 'The agent sends a chunk as soon as it holds so many characters.',
  trace: 'A recorded stream, in place of text, tokens, chunks and times.',
  'trace.given': 'The chunks of the recording, in order.',
  'trace.file': "A recording in the scenario's folder or below, as `rehearsal record` writes it.",
  'given.ms': 'When the chunk leaves, in milliseconds after the request.',
  'given.text': 'The text of the chunk.',
  speed: 'How many times faster than planned every stream runs, or instant.',
  slowing: 'How streams slow down as the agent gets busy.',
  above: 'As many streams in flight slow nothing down.',
  perStream: 'How much slower for each stream in flight beyond that.',

  faults:
    'How streams fail: a name, or a fault with its settings, its probability and how often it strikes.',
  probability: 'The share of streams that the fault strikes, in per cent.',
  first: 'Strikes only the first so many requests of a key.',
  at: 'Where in the stream: start, end, chunks, chars or time.',
  'at.chunks': 'After so many chunks.',
  'at.chars': 'After so many characters.',
  'at.time': 'At this time after the request.',
  for: 'How long it lasts.',
  'slowAccept.for': 'How long the agent takes to accept the call.',
  details: 'What the status says in words.',
  refuse: 'The agent refuses the call with a gRPC status.',
  'refuse.status': 'The gRPC status, by its name.',
  slowAccept: 'The agent takes long to accept the call.',
  errorStatus: 'The call fails with a gRPC status after some of the text.',
  'errorStatus.status': 'The gRPC status, by its name.',
  errorField: 'The generation fails as specified: a chunk whose error says why.',
  message: 'What the error says.',
  stall: 'Nothing comes for a while; then the stream goes on.',
  silence: 'Nothing comes any more, and the stream stays open.',
  trickle: 'The rest comes character by character.',
  'trickle.interval': 'Time from character to character.',
  burst: 'The rest comes at once, when its last part was due.',
  noFinal: 'The stream ends without its final chunk.',
  finalTwice: 'A second final chunk follows the first.',
  textAfterFinal: 'Text follows the final chunk.',
  'textAfterFinal.text': 'The text after the final chunk.',
  emptyChunks: 'Chunks without text.',
  'emptyChunks.count': 'How many.',
  hugeChunk: 'One chunk far larger than any model sends.',
  'hugeChunk.chars': 'How many characters it has.',
  crash: "The agent's connection breaks, with every other call on it.",
  down: 'The whole agent goes away and comes back: every connection breaks.',
  httpStatus: 'The gateway answers with an HTTP status in place of a stream.',
  'httpStatus.status': 'The HTTP status.',
  retryAfter: 'The header Retry-After, in whole seconds.',
  body: 'The body of the answer.',
  contentType: 'The stream has another Content-Type.',
  type: 'The Content-Type.',
  dropConnection: 'The connection ends in the middle of the stream, in order (FIN).',
  resetConnection: 'The connection ends in the middle of the stream by a reset (RST).',
  truncate: 'The body ends in order, in the middle of the stream.',
  midEvent: 'Whether the cut is in the middle of an event.',
  malformedJson: 'The data of one event is no JSON.',
  duplicatedEvent: 'One event comes twice.',
  swappedEvents: 'Two events come in the wrong order.',
  missingEvent: 'One event does not come.',
  tornFrames: 'Events are torn apart on the wire, within lines and characters too.',
  gluedFrames: 'Several events come in one piece.',
  'gluedFrames.events': 'How many events a piece has.',
  bufferedBody: 'Everything comes at once at the end, as behind a proxy that buffers.',
  crlf: 'Lines end with CR LF.',
  noPings: 'The stream has no pings.',

  when: 'Which requests the case is for: those that meet all of it.',
  promptContains: 'Text that the prompt contains, to the letter.',
  promptMatches: 'A regular expression (RE2) that matches somewhere in the prompt.',
  model: 'The model of the request.',
  nth: 'How often this key, or this prompt and model, was asked for, this time included.',

  request: 'What each request of the load has in it.',
  env: 'The name of an environment variable that has the value.',
  firstChunk: 'Time to the first chunk, 95th percentile.',
  'targets.interval': 'Mean interval between chunks, over streams.',
  connectionSuccess: 'Connections that succeed: 2xx and text/event-stream.',
  streamSuccess: 'Streams that end with a final message.',
  concurrentStreams: 'Peak of the streams that are open at once.',
  target: 'Missed beyond this value.',
  alarm: 'Fails the run beyond this value.',
};

/** Gives each key of a JSON Schema that has no description the one for its place. */
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

/** Not so where it is `false`: no other key may stand there. */
function isDescribed(schema: unknown): schema is Described {
  return typeof schema === 'object' && schema !== null;
}
