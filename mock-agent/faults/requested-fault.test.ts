import { expect, test } from 'vitest';

import { AgentError } from '../agent-error.ts';
import { planStream } from '../plan/plan.ts';
import { behaviourSchema } from '../plan/behaviour.ts';
import { faultNames, faultWords } from './all-faults.ts';
import { parseRequestedFaults, withRequestedFaults } from './requested-fault.ts';

function problemOf(text: string): string {
  try {
    withRequestedFaults([], text);
    return '';
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return error.message;
  }
}

test.each(faultNames)(
  'the error for %s without a map of settings contains an example that is accepted',
  (name) => {
    const problem = problemOf(JSON.stringify({ [name]: 1 }));
    const [, example = ''] = /: must be a map, not 1; write it like (\{.*\})$/.exec(problem) ?? [];
    expect(problemOf(example)).toBe('');
    expect(JSON.parse(example)).toHaveProperty(name);
  },
);

test.each<[string, string]>([
  [
    'stal, cut',
    'entry 1: there is no "stal"; did you mean "stall"? (docs/faults.md describes each)',
  ],
  ['x', expect.stringContaining('there is no "x"; there are refuse, slowAccept,') as string],
  ['[]', 'the list is empty; name at least one fault'],
  ['["stall"', expect.stringContaining('not JSON; write it like {"stall": ') as string],
  [
    '["refuse", "stall"]',
    'refuse always strikes here and leaves no stream for stall; give it a probability or leave one out',
  ],
  ['{"stall": {"at": "start", "for": "1s", "x": 1}}', 'stall: unknown key "x"; there are at, for'],
  [
    '{"hugeChunk": {"at": "end", "charz": 9}}',
    'hugeChunk: unknown key "charz"; did you mean "chars"?',
  ],
  ['{"hugeChunk": {"at": "end", "chars": "x"}}', 'hugeChunk.chars: must be a number, not "x"'],
  ['{"crlf": {}, "first": 0}', 'first: must be at least 1, not 0'],
  ['{"cut": {"at": "start", "x": 1}}', 'cut: unknown key "x"; there are at, midEvent'],
  [
    '{"cut": 1}',
    expect.stringContaining('cut: must be a map, not 1; write it like {"cut": {') as string,
  ],
  [
    '{"cut": {}, "dropConnection": {}}',
    'an entry names one fault, not both dropConnection and cut; give each its own',
  ],
  [
    '{"429": {"body": "page"}}',
    '"429" takes no settings; write "429" alone, or {"httpStatus": {"status": 429, "retryAfter": "2s"}} with yours',
  ],
  ['{"errorStatus": {"at": {"chunks": 0}}}', 'errorStatus.at.chunks: must be at least 1, not 0'],
])('%s is rejected with a readable message', (text, problem) => {
  expect(problemOf(text)).toEqual(problem);
});

const namesIn = (text: string) => parseRequestedFaults(text).map(({ name }) => name);

test.each(faultWords)(
  '%s is a fault by one word, which strikes a stream of four chunks',
  (word) => {
    const behaviour = {
      text: { given: 'Hello there, you two' },
      faults: [/^\d/.test(word) ? +word : word],
    };
    const request = { scenario: 's', key: 'k', prompt: 'a', model: 'm' };
    expect(planStream(behaviourSchema.parse(behaviour), 1, request).faults).toEqual(namesIn(word));
  },
);

test.each<[string, string[]]>([
  ['stall', ['stall']],
  [' cut ', ['dropConnection']],
  ['stall, cut', ['stall', 'dropConnection']],
  ['["stall", 429]', ['stall', 'httpStatus']],
  ['{"cut": {"at": {"chars": 5}}}', ['dropConnection']],
  ['{"error": null}', ['errorStatus']],
  ['{"stall": {}}, {"errorStatus": {"at": "end"}}', ['stall', 'errorStatus']],
  ['["stall", {"errorStatus": {"at": "end"}}, "noPings"]', ['stall', 'errorStatus', 'noPings']],
])('%s asks for %j', (text, names) => {
  expect(namesIn(text)).toEqual(names);
});

test('an alias has its own settings, and the default place is underway', () => {
  const settingsOf = (text: string) => parseRequestedFaults(text).map(({ settings }) => settings);
  expect(settingsOf('529, 429')).toEqual([
    { status: 529, body: 'json' },
    { status: 429, body: 'json', retryAfter: 2000 },
  ]);
  expect(settingsOf('stall')).toEqual([{ at: 'underway', for: 5000 }]);
});
