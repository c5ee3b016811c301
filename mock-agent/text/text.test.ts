import { expect, test } from 'vitest';

import { behaviourSchema } from '../plan/behaviour.ts';
import { drawsFor } from '../../proto/draws.ts';
import { chineseProse } from './prose-chinese.ts';
import { englishProse } from './prose-english.ts';
import { writeText } from './text.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import { tokenise } from './tokens.ts';

const draws = (key: string) => drawsFor({ seed: 1, scenario: 'text', key });
const size = { min: 1, max: 4 };

const generate = (language: 'auto' | 'zh' | 'en', chars: number, prompt = '', key = 'k') =>
  writeText(
    behaviourSchema.parse({ text: { generate: { language, chars } } }).text,
    prompt,
    size,
    draws(key),
  );

test('a generated text has exactly the requested length and ends with a full stop', () => {
  for (let chars = 1; chars <= 700; chars += 1) {
    expect(countChars(generate('zh', chars, '', `k${chars}`))).toBe(chars);
    expect(countChars(generate('en', chars, '', `k${chars}`))).toBe(chars);
    expect(generate('zh', chars)).toMatch(/。$/);
    expect(generate('en', chars)).toMatch(/\.$/);
  }
});

test('the benchmark’s prompt gives a Chinese story of 500 characters (E1)', () => {
  const story = generate('auto', 500, '写一段500字的故事');
  expect(countChars(story)).toBe(500);
  expect(story).toMatch(/^[\p{Script=Han}，。]+$/u);
});

test('a prompt without a Han character gives an English text', () => {
  expect(generate('auto', 500, 'Write a story')).toMatch(/^[A-Za-z,. ]+$/);
});

test('a given text is returned unchanged', () => {
  expect(writeText({ given: 'a\r\n"b"' }, 'ignored', size, draws('k'))).toBe('a\r\n"b"');
});

test('an echo returns the prompt with half surrogate pairs replaced', () => {
  const { text } = behaviourSchema.parse({ text: 'echo' });
  expect(writeText(text, '写一段故事 👍🏽', size, draws('k'))).toBe('写一段故事 👍🏽');
  expect(writeText(text, 'a\uD83D', size, draws('k'))).toBe('a\uFFFD');
});

test('a length in tokens is exact for any size of tokens', () => {
  for (const tokenChars of [
    { min: 1, max: 4 },
    { min: 3, max: 3 },
    { min: 1, max: 40 },
  ]) {
    for (const language of ['zh', 'en'] as const) {
      for (const tokens of [1, 2, 17, 300]) {
        const { text } = behaviourSchema.parse({ text: { generate: { language, tokens } } });
        const written = writeText(text, '', tokenChars, draws(`${tokens}`));
        expect([...tokenise(written, tokenChars, draws(`${tokens}`)('tokens'))]).toHaveLength(
          tokens,
        );
      }
    }
  }
});

test.each([
  ['an empty text', { given: '' }, 'the text is empty'],
  ['two lengths', { generate: { chars: 5, tokens: 5 } }, 'write the length in chars or in tokens'],
  [
    'no form of text',
    'hello',
    'write given: "some text", file: story.txt, echo, none, or generate',
  ],
])('%s is rejected', (_, text, message) => {
  expect(JSON.stringify(behaviourSchema.safeParse({ text }).error?.issues)).toContain(
    JSON.stringify(message).slice(1, -1),
  );
});

test('a number of tokens that could exceed the longest text is rejected', () => {
  const text = { generate: { tokens: 250_001 } };
  expect(behaviourSchema.safeParse({ text }).error?.issues).toMatchObject([
    { path: ['text', 'generate', 'tokens'] },
  ]);
  const tokenChars = { min: 1, max: 3 };
  expect(behaviourSchema.safeParse({ text, tokenChars }).success).toBe(true);
});

test('a file that has not been read throws', () => {
  expect(() => writeText({ file: 'story.txt' }, '', size, draws('k'))).toThrow(
    'the text of story.txt was not read',
  );
});

test.each([
  ['Chinese', chineseProse],
  ['English', englishProse],
] as const)('%s phrases have the length of their key, and every length has one', (_, prose) => {
  for (const [length, phrases] of prose.phrases) {
    for (const phrase of phrases) expect([phrase, phrase.length]).toEqual([phrase, length]);
  }
  const lengths = [...prose.phrases.keys()];
  expect(lengths).toEqual(lengths.map((_, index) => index + (lengths[0] ?? 0)));
});

test.each([
  ['Chinese', chineseProse],
  ['English', englishProse],
] as const)('no %s sentence is longer than longestSentence', (_, prose) => {
  const draw = draws('k')('lengths');
  for (let count = 0; count < 20_000; count += 1) {
    expect(prose.sentence(draw).length).toBeLessThanOrEqual(prose.longestSentence);
  }
});
