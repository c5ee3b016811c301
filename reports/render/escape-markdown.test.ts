import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { expect, test } from 'vitest';

import { codeSpan, escapeMarkdown } from './escape-markdown.ts';

const htmlOf = (markdown: string) =>
  micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });

/** The text that HTML shows, without the spaces of no width. */
const shown = (html: string) =>
  html.replaceAll('\u200B', '').replace(/&(amp|lt|gt|quot);/g, (_, name: string) => {
    return { amp: '&', lt: '<', gt: '>', quot: '"' }[name] ?? '';
  });

test.each([
  'a plain sentence, with (brackets), 12.5 % and a-hyphen: done!',
  'it\'s 100 % "quoted" = fine + good',
  'p95 was 2 s, the alarm is > 1 s and < 3 s',
  'snake_case_name, a & b, 08:30:00 UTC, {json}',
])('text that Markdown leaves alone stays as it is: %s', (text) => {
  expect(escapeMarkdown(text)).toBe(text);
});

test.each([
  ['# no heading', '&#35;&#8203; no heading'],
  ['- no list', '&#45; no list'],
  ['12. no list', '12&#46; no list'],
  ['> no quote', '&#62; no quote'],
  ['*a* _b_ ~c~ `d` | e', '&#42;a&#42; &#95;b&#95; &#126;c&#126; &#96;d&#96; &#124; e'],
  ['<b>', '&#60;b>'],
  ['&lt;', '&#38;lt;'],
  ['[a](b)', '&#91;a](b)'],
  ['@team', '&#64;&#8203;team'],
  ['https://h www.h mailto:a', 'https&#58;//h www&#46;h mailto&#58;a'],
  [':smile: :100:', '&#58;smile: &#58;100:'],
  ['$x$', '&#36;x&#36;'],
])('text that Markdown would take is escaped: %s', (text, escaped) => {
  expect(escapeMarkdown(text)).toBe(escaped);
});

/** Words of the characters that mean something to Markdown. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from('*_~`|\\[](){}<>&#@:.!+=-$\'"/ 1aé')),
      fc.constantFrom(
        'http://',
        'www.',
        '<b>',
        '&amp;',
        '<!--',
        '```',
        '---',
        '](',
        'a@b.cc',
        '1.',
      ),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) =>
    parts
      .join('')
      .replace(/[^\x20-\x7Eé]/g, '')
      .trim(),
  );

test('whatever the text, Markdown shows it to the letter and makes no element of it', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      fc.pre(text !== '');
      const line = text.replace(/ +/g, ' ');
      expect(shown(htmlOf(escapeMarkdown(text)))).toBe(`<p>${line}</p>`);
      expect(shown(htmlOf(`**${escapeMarkdown(`a ${text}.`)}**`))).toBe(
        `<p><strong>a ${line}.</strong></p>`,
      );
      expect(shown(htmlOf(`| a |\n| - |\n| ${escapeMarkdown(text)} |`))).toContain(
        `\n<td>${line}</td>\n`,
      );
    }),
    { numRuns: 300, seed: 16 },
  );
});

test.each([
  ['http://host/?a=b', '`http://host/?a=b`'],
  ['a`b``c', '``` a`b``c ```'],
])('%s is code to the letter', (text, code) => {
  expect(codeSpan(text)).toBe(code);
  expect(htmlOf(codeSpan(text))).toBe(`<p><code>${text}</code></p>`);
});

test('a long text is cut, in linear time', () => {
  const start = 'a:'.repeat(250);
  expect(escapeMarkdown('a:'.repeat(1_000_000))).toBe(escapeMarkdown(`${start}…`));
});
