import { expect, test } from 'vitest';

import { behaviourSchema } from './behaviour.ts';
import { drawsFor } from './draws.ts';
import { chineseProse } from './prose-chinese.ts';
import { englishProse } from './prose-english.ts';
import { writeText } from './text.ts';
import { countChars } from './tokens.ts';

const draw = (key: string) => drawsFor({ seed: 1, scenario: 'text', key })('text');

const generate = (language: 'auto' | 'zh' | 'en', chars: number, prompt = '', key = 'k') =>
  writeText(
    behaviourSchema.parse({ text: { generate: { language, chars } } }).text,
    prompt,
    draw(key),
  );

test('a generated text has exactly the wanted length and ends with a full stop', () => {
  for (let chars = 1; chars <= 700; chars += 1) {
    expect(countChars(generate('zh', chars, '', `k${chars}`))).toBe(chars);
    expect(countChars(generate('en', chars, '', `k${chars}`))).toBe(chars);
    expect(generate('zh', chars)).toMatch(/。$/);
    expect(generate('en', chars)).toMatch(/\.$/);
  }
});

test('a story of 500 characters is one, in Chinese for the Chinese prompt of the benchmark', () => {
  const story = generate('auto', 500, '写一段500字的故事');
  expect(countChars(story)).toBe(500);
  expect(story).toMatch(/^[\p{Script=Han}，。]+$/u);
});

test('a prompt without a Han character is answered in English', () => {
  expect(generate('auto', 500, 'Write a story')).toMatch(/^[A-Za-z,. ]+$/);
});

test('a given text is given back as it is', () => {
  expect(writeText({ given: 'a\r\n"b"' }, 'ignored', draw('k'))).toBe('a\r\n"b"');
});

test.each([
  ['Chinese', chineseProse],
  ['English', englishProse],
] as const)('%s phrases have the length they are listed under, without a hole', (_, prose) => {
  for (const [length, phrases] of prose.phrases) {
    for (const phrase of phrases) expect([phrase, phrase.length]).toEqual([phrase, length]);
  }
  const lengths = [...prose.phrases.keys()];
  expect(lengths).toEqual(lengths.map((_, index) => index + (lengths[0] ?? 0)));
});

test.each([
  ['Chinese', chineseProse],
  ['English', englishProse],
] as const)('no %s sentence is longer than the language says', (_, prose) => {
  const draws = draw('lengths');
  for (let count = 0; count < 20_000; count += 1) {
    expect(prose.sentence(draws).length).toBeLessThanOrEqual(prose.longestSentence);
  }
});
