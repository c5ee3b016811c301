import { expect, test } from 'vitest';

import { escapeMarkup, markup, toVisible } from './markup.ts';

test('text and numbers are escaped, markup is not', () => {
  const inner = markup`<b>${'<i>'}</b>`;
  expect(markup`<p title="${'"'}">${inner}${1.5}</p>`.markup).toBe(
    '<p title="&#34;"><b>&#60;i&#62;</b>1.5</p>',
  );
});

test('lists are joined, null is nothing', () => {
  expect(markup`${['<', null, markup`<br>`, ['&']]}`.markup).toBe('&#60;<br>&#38;');
});

test('every character that ends text or an attribute is escaped', () => {
  expect(escapeMarkup(`&<>"'`)).toBe('&#38;&#60;&#62;&#34;&#39;');
});

test('control characters and direction overrides are made visible, other scripts left alone', () => {
  expect(toVisible('a\u001B[31m\u0000\u202E写一段 🎉\n')).toBe('a�[31m��写一段 🎉�');
  expect(escapeMarkup('a\n\tb\r')).toBe('a\n\tb�');
});

test('half an emoji, which no encoding can carry, and what no XML may have, is made visible', () => {
  expect(toVisible('\uD83D.\uFFFE\uFFFF')).toBe('�.��');
});
