import { expect, test } from 'vitest';

import { splitKey, withKey } from './key-in-prompt.ts';

test('a key in a prompt is read and taken out again', () => {
  expect(withKey('hello', 'load-3-7')).toBe('hello [rehearsal-key load-3-7]');
  expect(splitKey('hello [rehearsal-key load-3-7]')).toEqual({ prompt: 'hello', key: 'load-3-7' });
});

test('text that a gateway adds around the prompt stays', () => {
  expect(splitKey('Be brief. hello [rehearsal-key load-3] Thank you.')).toEqual({
    prompt: 'Be brief. hello Thank you.',
    key: 'load-3',
  });
});

test('the last key counts: the prompt of a scenario may have one of its own', () => {
  const prompt = 'hello [rehearsal-key other]';
  expect(splitKey(withKey(prompt, 'load-3'))).toEqual({ prompt, key: 'load-3' });
});

test.each(['', 'hello', 'hello [rehearsal-key load-3', '[rehearsal-key load-3]'])(
  'the prompt "%s" has no key',
  (prompt) => {
    expect(splitKey(prompt)).toEqual({ prompt, key: undefined });
  },
);
