import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { isRehearsalError } from '../console/rehearsal-error.ts';
import { formatAnnotation } from './problems.ts';
import { readScenario } from './read-scenario.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-mistakes-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function problemsOf(source: string | Uint8Array): Promise<string[]> {
  const file = join(folder, 'test.yaml');
  await writeFile(file, source);
  try {
    await readScenario(file);
  } catch (error) {
    if (!isRehearsalError(error, 'scenario')) throw error;
    return error.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
  }
  return [];
}

const head = 'version: 1\ndescription: a test\n';

/** Mistakes and their messages; every text starts in the third line. */
test.each<[string, ...(string | RegExp)[]]>([
  ['behavior: {}', '3:1: unknown key "behavior"; did you mean "behaviour"?'],
  [
    'author: me',
    '3:1: unknown key "author"; there are version, description, seed, behaviour, cases, load, targets',
  ],
  [
    'load: { request: { token: 5 } }',
    '3:20: load.request.token: must be a text, or { env: NAME } for the value of an environment variable, not 5',
  ],
  [
    'load: { request: { headers: { Host: a } } }',
    '3:31: load.request.headers.Host: is set by the HTTP client itself',
  ],
  ['seed: "7"', '3:1: seed: must be a number, not "7"'],
  ['seed: 1.5', '3:1: seed: must be a whole number, not 1.5'],
  ['seed:', '3:1: seed: must be a number, but nothing is there'],
  [
    'behaviour: { text: hello }',
    '3:14: behaviour.text: write given: "some text", file: story.txt, echo, none, or generate: {language: auto | zh | en, chars: 500}, not "hello"',
  ],
  ['behaviour: { text: { givn: hello } }', '3:22: unknown key "givn"; did you mean "given"?'],
  [
    'behaviour: { text: { generate: { language: de } } }',
    '3:34: behaviour.text.generate.language: must be one of auto, zh, en, not "de"',
  ],
  [
    'behaviour: { interToken: { norml: { mean: 20ms, deviation: 5ms } } }',
    '3:28: unknown key "norml"; did you mean "normal"?',
  ],
  [
    'behaviour: { interToken: { normal: { mean: 20ms } } }',
    '3:28: behaviour.interToken.normal.deviation: is required',
  ],
  [
    'behaviour: { firstToken: 20 }',
    '3:14: behaviour.firstToken: write a duration such as 20ms, or one of uniform: {min, max}, normal: {mean, deviation}, lognormal: {median, p99} or {mean, variation}, not 20',
  ],
  [
    'behaviour: { firstToken: { lognormal: { median: 2s, p99: 1s } } }',
    '3:53: behaviour.firstToken.lognormal.p99: p99 must not be below the median, not "1s"',
  ],
  [
    'behaviour: { speed: fast }',
    '3:14: behaviour.speed: a speed is a number from 0.01 to 1000, or instant, not "fast"',
  ],
  ['behaviour: { chunkChars: 0 }', '3:14: behaviour.chunkChars: must be at least 1, not 0'],
  [
    'behaviour: { faults: { stall: { at: start, for: 1s } } }',
    '3:14: behaviour.faults: must be a list',
  ],
  [
    'behaviour: { faults: [{ stal: { at: start, for: 1s } }] }',
    '3:25: unknown key "stal"; did you mean "stall"?',
  ],
  [
    'behaviour: { faults: [{ stall: { at: middle, for: 3 } }, { refuse: { status: UNAVAILBLE } }] }',
    '3:23: behaviour.faults.0: refuse always strikes here and leaves no stream for stall; give it a probability or leave one out',
    '3:34: behaviour.faults.0.stall.at: a place is start, underway, end, or one of {chunks: 5}, {chars: 100}, {time: 2s}, not "middle"',
    '3:46: behaviour.faults.0.stall.for: a duration is a number with the unit ms, s or m, such as 300ms, 2s or 1m, not 3',
    '3:70: behaviour.faults.1.refuse.status: there is no "UNAVAILBLE"; did you mean "UNAVAILABLE"?',
  ],
  [
    'behaviour: { faults: [{ crlf: {}, noPings: {} }, { noFinal: {}, probability: 5 }] }',
    '3:23: behaviour.faults.0: an entry names one fault, not both crlf and noPings; give each its own',
    '3:65: behaviour.faults.1.probability: a share is written in per cent, such as 99% or 0.5%, not 5',
  ],
  [
    'load: { request: { reconnects: 2 } }',
    '3:20: load.request.reconnects: only a stream over GET is resumed; write transport: get, or leave this out',
  ],
  [
    'load: { request: { reconnects: -1 } }',
    '3:20: load.request.reconnects: must be at least 0, not -1',
  ],
  ['behaviour: { faults: [refuse, { crlf: {} }] }', /^3:31: .*refuse always strikes here/],
  [
    'behaviour: { faults: [refuze] }',
    '3:23: behaviour.faults.0: there is no "refuze"; did you mean "refuse"?',
  ],
  [
    'behaviour: { faults: [stal] }',
    '3:23: behaviour.faults.0: there is no "stal"; did you mean "stall"?',
  ],
  [
    'behaviour: { faults: [{ crash: { at: strat } }] }',
    '3:34: behaviour.faults.0.crash.at: there is no "strat"; did you mean "start"?',
  ],
  [
    'behaviour: { faults: [{ tornFrames: {} }, { stal: {} }, { bufferedBody: {} }] }',
    '3:45: unknown key "stal"; did you mean "stall"?',
    '3:57: behaviour.faults.2: one stream cannot have both tornFrames and bufferedBody: both change how its events are written; choose one, or put them into different cases',
  ],
  [
    'cases: [{ when: { prompt: x } }]',
    '3:11: cases.0.when: a case needs at least one of promptContains, promptMatches, model, nth, lastRole, toolResultOf, hasToolResult, turn, hasTools, messageContains',
    '3:19: unknown key "prompt"; there are promptContains, promptMatches, model, nth, lastRole, toolResultOf, hasToolResult, turn, hasTools, messageContains',
  ],
  [
    'load: { streams: many, ramp: -2s }',
    '3:9: load.streams: must be a number, not "many"',
    '3:24: load.ramp: a duration is a number with the unit ms, s or m, such as 300ms, 2s or 1m, not "-2s"',
  ],
  [
    'load: { ramp: 0, warmUp: "0", window: 0 }',
    '3:31: load.window: must be longer than 0ms, not 0',
  ],
  [
    'targets: { streamSucess: { target: 99% } }',
    '3:12: unknown key "streamSucess"; did you mean "streamSuccess"?',
  ],
  [
    'behaviour: { trace: { given: [{ ms: 1, text: a }] }, chunkChars: 0 }',
    /^3:54: behaviour\.chunkChars: must be at least 1/,
    /^3:54: behaviour\.chunkChars: a trace has its own text/,
  ],
  ['load: { streams: 5\nseed: 1', /^4:1: /],
  [
    'seed: 1\nseed: 2\nload: { streams: 0 }',
    '4:1: duplicate key "seed", first at 3:1',
    '5:9: load.streams: must be at least 1, not 0',
  ],
  [
    'load: { streams: 0 }\nbehaviour: [',
    '3:9: load.streams: must be at least 1, not 0',
    /^(4|5):\d+: Flow sequence/,
  ],
  ['seed: 1\ncases:\n  - when: { model: "x }\n    behaviour: {}', '5:20: this quote is not closed'],
  ["'load: {}", '3:1: this quote is not closed'],
  ['load: { streams: 5\n\n', /^3:19: .*end with a }$/],
  ...[
    'behaviour: { text: { given: "a\\ud83d" } }',
    'behaviour: { trace: { given: [{ ms: 1, text: "a\\ud83d" }] } }',
    'behaviour: { faults: [{ errorField: { at: end, message: "\\ud83d" } }] }',
    'behaviour: { faults: [{ errorStatus: { at: end, details: "\\ud83d" } }] }',
    'behaviour: { faults: [{ textAfterFinal: { text: "\\ud83d" } }] }',
    'cases: [{ when: { promptContains: "\\ud83d" } }]',
    'cases: [{ when: { promptMatches: "\\ud83d" } }]',
    'cases: [{ when: { model: "\\ud83d" } }]',
    'load: { request: { prompt: "\\ud83d" } }',
    'load: { request: { model: "\\ud83d" } }',
  ].map((lines): [string, RegExp] => [
    lines,
    /^3:\d\d: \S+: has half a surrogate pair in it, which cannot be sent, not "a?\\ud83d"$/,
  ]),
  ['load:\n\tstreams: 5', /^4:1: Tabs are not allowed/],
  ['<<: { seed: 1 }', /^3:1: unknown key "<<"; there are version/],
  ['__proto__: { seed: 1 }', /^3:1: unknown key "__proto__"/],
  ['constructor: 1', /^3:1: unknown key "constructor"/],
  ['behaviour: !!js/function "x"', /^3:12: tags are not supported/],
  ['---\nseed: 1', '3:1: a second document starts here; a scenario file has one'],
])('%s', async (lines, ...messages) => {
  const problems = await problemsOf(`${head}${lines}\n`);
  // A problem that matches its pattern replaces it, so that the others are compared literally.
  const expected = messages.map((each, index) => {
    const problem = problems[index] ?? '';
    return typeof each === 'string' ? each : (each.exec(problem)?.input ?? each.source);
  });
  expect(problems).toEqual(expected);
});

test('a byte order mark, CRLF line ends and an alias are accepted', async () => {
  expect(
    await problemsOf(`\uFEFF${head}behaviour: { firstToken: &a 5ms, interToken: *a }\n`),
  ).toEqual([]);
  expect(await problemsOf(head.replaceAll('\n', '\r\n'))).toEqual([]);
});

/** Texts that would keep a parser busy for minutes, or overflow its stack. */
test.each<[string, string | Uint8Array, string]>([
  [
    'brackets',
    `a: ${'['.repeat(100_000)}`,
    '1:36: the scenario is nested too deeply: 32 levels at most',
  ],
  ['braces', `a: ${'{a: '.repeat(50_000)}`, 'nested too deeply'],
  ['dashes', `${'- '.repeat(100_000)}a`, '1:65: the scenario is nested too deeply'],
  [
    'question marks',
    '? '.repeat(50_000),
    '1:1: keys with a question mark are not supported: write key: value',
  ],
  [
    'keys',
    Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n'),
    'the scenario is too long',
  ],
  ['quotes', '"'.repeat(200_000), 'the scenario is too long'],
  ['comments', '#\n'.repeat(100_000), 'the scenario is too long'],
  ['documents', '---\n'.repeat(60_000), 'the scenario is too long'],
  [
    'levels',
    Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    '102:102: the scenario is nested too deeply',
  ],
  ['size', 'a'.repeat(300_000), '1:1: it has 300000 bytes, more than the 262144 allowed'],
  ['bytes', Buffer.from([0xff, 0xfe, 0x00]), '1:1: it is not UTF-8'],
])('too many %s are refused at their position', async (_, source, why) => {
  const problems = await problemsOf(source);
  expect(problems.join('\n')).toContain(why);
});

test('an annotation escapes the content of a file', () => {
  const problem = { file: 'a,b:c%.yaml', line: 3, column: 5, message: '50%\n::error::x' };
  expect(formatAnnotation(problem)).toBe(
    '::error file=a%2Cb%3Ac%25.yaml,line=3,col=5::50%25%0A::error::x',
  );
});
