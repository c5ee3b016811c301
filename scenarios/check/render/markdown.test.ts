import { expect, test } from 'vitest';

import { exampleCheck, hostileCheck, steeringIn } from '../testing/example-check.ts';
import { renderCheckMarkdown } from './markdown.ts';

test('check.md describes what is not ok, then lists every clause', () => {
  expect(renderCheckMarkdown(exampleCheck({ only: ['A1', 'B1', 'B3', 'C4', 'E3'] }))).toBe(`\
# 1 of 4 clauses ok, 1 broken, 1 not testable, 1 known

Checked: \`http://127.0.0.1:8080/api/v1/ai/generate\`

## B1 broken (known): the headers

> Headers exactly.

- expected: Cache-Control: no-cache
- seen: no Cache-Control
- again: \`rehearsal check http://127.0.0.1:8080 --only B1\`
- more: \`docs/clauses/B1.md\` of the package

## B3 broken: one final message ends the stream

> One message whose \`isFinal\` is true; nothing follows it.

- expected: nothing after the final message
- seen: event ping, data {}
- at byte 310, 1203 ms after the request
- bytes: \`"event: ping\\ndata: {}\\n\\n"\`
- again: \`rehearsal check http://127.0.0.1:8080 --only B3\`
- more: \`docs/clauses/B3.md\` of the package

## C4 not testable: pings

> Every 15 seconds.

- because: the request got no stream
- again: \`rehearsal check http://127.0.0.1:8080 --only C4\`
- more: \`docs/clauses/C4.md\` of the package

| clause | answer | |
| --- | --- | --- |
| A1 | ok | every answer is streamed |
| B1 | broken (known) | the headers |
| B3 | broken | one final message ends the stream |
| C4 | not testable | pings |
| E3 | skipped | the targets |
`);
});

test('no markup of a gateway reaches check.md', () => {
  const page = renderCheckMarkdown(hostileCheck()).replaceAll(/(`+)(?!`).*?\1(?!`)/g, 'CODE');
  expect(page).not.toMatch(/<script|<img|@team/);
  expect(steeringIn(page)).toEqual([]);
});
