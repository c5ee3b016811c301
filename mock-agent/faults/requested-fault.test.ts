import { expect, test } from 'vitest';

import { faultNames } from './index.ts';
import { FaultError, withRequestedFault } from './requested-fault.ts';

function problemOf(text: string): string {
  try {
    withRequestedFault([], text);
    return '';
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
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
    'stall',
    'stall.at: a place is start, end, or one of {chunks: 5}, {chars: 100}, {time: 2s}; stall.for: a duration is a number with the unit ms, s or m, such as 300ms, 2s or 1m; write it like {"stall": {"at": {"chars": 40}, "for": "2s"}}',
  ],
  ['{"stall": {"at": "start", "for": "1s", "x": 1}}', 'stall: unknown key "x"; there are at, for'],
  [
    '{"hugeChunk": {"at": "end", "charz": 9}}',
    'hugeChunk: unknown key "charz"; did you mean "chars"?',
  ],
  ['{"hugeChunk": {"at": "end", "chars": "x"}}', 'hugeChunk.chars: must be a number, not "x"'],
  ['{"crlf": {}, "first": 0}', 'first: must be at least 1, not 0'],
  ['{"errorStatus": {"at": {"chunks": 0}}}', 'errorStatus.at.chunks: must be at least 1, not 0'],
])('%s is rejected with a readable message', (text, problem) => {
  expect(problemOf(text)).toBe(problem);
});
