import { expect, test } from 'vitest';

import { exampleCheck, hostileCheck, steeringIn } from '../testing/example-check.ts';
import { renderCheckHtml } from './html.ts';

test('the most severe answers come first, known failures last', () => {
  const page = renderCheckHtml(exampleCheck());
  const sections = [...page.matchAll(/<section class="([^"]*)" id="([^"]*)"/g)];
  expect(sections.map(([, name, id]) => `${id}: ${name}`)).toEqual([
    'B3: wrong broken',
    'C2-reading: wrong differs',
    'C4: wrong not-testable',
    'B1: wrong broken',
  ]);
  expect(page).toContain(
    '<title>1 broken: http://127.0.0.1:8080/api/v1/ai/generate – Rehearsal</title>',
  );
  expect(page).toContain(
    '<h1>1 of 5 clauses ok, 1 broken, 1 differs, 1 not testable, 1 known</h1>',
  );
});

test('every clause has a row, with a link to what is wrong', () => {
  const page = renderCheckHtml(exampleCheck());
  const rows = [...page.matchAll(/<div class="row [^"]*"><span class="id">(.*?)<\/span>/g)];
  expect(rows.slice(-6).map(([, name]) => name)).toEqual([
    'A1',
    '<a href="#B1">B1</a>',
    '<a href="#B3">B3</a>',
    '<a href="#C2-reading">C2-reading</a>',
    '<a href="#C4">C4</a>',
    'E3',
  ]);
});

test('what is wrong has the clause, the place, the bytes and the command that repeats it', () => {
  const page = renderCheckHtml(exampleCheck({ only: ['B3'] }));
  expect(page.slice(page.indexOf('<p class="says">'), page.indexOf('</section>'))).toBe(`\
<p class="says">One message whose <code>isFinal</code> is true; nothing follows it.</p>
<dl>
<dt>expected</dt><dd>nothing after the final message</dd>
<dt>seen</dt><dd>event ping, data {}</dd>
<dt>at</dt><dd>byte 310, 1203 ms after the request</dd>
<dt>bytes</dt><dd><pre>event: ping
data: {}</pre></dd>
<dt>probes</dt><dd><ul><li><code>story</code>: does story</li><li><code>late-final</code>: does late-final</li></ul></dd>
<dt>again</dt><dd><code>rehearsal check http://127.0.0.1:8080 --only B3</code></dd>
<dt>more</dt><dd><code>docs/clauses/B3.md</code> of the package</dd>
</dl>
`);
});

test('a check without a departure has no section of what is wrong', () => {
  const page = renderCheckHtml(exampleCheck({ only: ['A1', 'E3'] }));
  expect(page).not.toContain('What is not ok');
  expect(page).toContain('<title>ok: ');
});

test('no markup of a gateway reaches check.html', () => {
  const page = renderCheckHtml(hostileCheck());
  expect(page).not.toMatch(/<script|<img/);
  expect(steeringIn(page)).toEqual([]);
  expect(page).toContain('&#60;script&#62;');
});
