import { expect, test } from 'vitest';

import { drawsFor } from '../../proto/draws.ts';
import { behaviourSchema } from '../plan/behaviour.ts';
import { canBeCutAnywhere } from './graphemes.ts';
import { writeText } from './text.ts';
import { countChars } from '../../proto/notation/code-points.ts';

function generate(style: 'markdown' | 'json', language: 'zh' | 'en', chars: number): string {
  const { text } = behaviourSchema.parse({ text: { generate: { style, language, chars } } });
  const draws = drawsFor({ seed: 1, scenario: 'styles', key: `${chars}` });
  return writeText(text, '', { min: 1, max: 4 }, draws);
}

const languages = ['zh', 'en'] as const;

test.each(languages)(
  'Markdown (%s) has exactly its length, and its fences are closed',
  (language) => {
    for (let chars = 1; chars <= 900; chars += chars < 200 ? 1 : 7) {
      const text = generate('markdown', language, chars);
      expect(countChars(text)).toBe(chars);
      // The tokens of a length in tokens are counted without graphemes.
      expect(canBeCutAnywhere(text)).toBe(true);
      expect(text.match(/^```/gm)?.length ?? 0).toSatisfy((fences: number) => fences % 2 === 0);
      expect(text.startsWith('## ')).toBe(chars >= 80);
      expect(text).toMatch(/[.。]$/);
    }
  },
);

test.each(languages)('a long Markdown text (%s) has each construct', (language) => {
  const text = generate('markdown', language, 3000);
  for (const construct of [
    /^## \S/m,
    /^### \S/m,
    /^- \*\*[^*]+\*\*.*\*[^*]+\*$/m,
    /^1\. \S/m,
    /^> \S/m,
    /^\| \S+ \| \S+ \| \S+ \|\n\| --- \| ---: \| ---: \|\n(?:\| [^|]+ \| \d+ \| \d+% \|\n){3,4}\n/m,
    /^```(?:ts|python|sh)\n[^`]+\n```\n\n/m,
    /\[[^\]]+\]\(https:\/\/example\.com\/[^)]+\)/,
  ]) {
    expect(text).toMatch(construct);
  }
});

test.each(languages)('a JSON text (%s) is a document of exactly its length', (language) => {
  for (let chars = 1; chars <= 900; chars += chars < 200 ? 1 : 7) {
    const text = generate('json', language, chars);
    expect(countChars(text)).toBe(chars);
    expect(canBeCutAnywhere(text)).toBe(true);
    expect(() => JSON.parse(text)).not.toThrow();
  }
  const document: unknown = JSON.parse(generate('json', language, 900));
  expect(document).toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ id: 2 })]),
    summary: expect.any(String),
  });
});

test('a style leaves prose as it is', () => {
  const { text } = behaviourSchema.parse({ text: { generate: { style: 'prose' } } });
  const { text: unstyled } = behaviourSchema.parse({ text: { generate: {} } });
  const draws = drawsFor({ seed: 1, scenario: 'styles', key: 'k' });
  const size = { min: 1, max: 4 };
  expect(writeText(text, '', size, draws)).toBe(writeText(unstyled, '', size, draws));
});
