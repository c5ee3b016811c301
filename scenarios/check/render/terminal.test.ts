import { expect, test } from 'vitest';

import { exampleCheck, hostileCheck, steeringIn } from '../testing/example-check.ts';
import { renderCheck } from './terminal.ts';

test('a check in a terminal has a line a clause, and beneath it what is wrong', () => {
  expect(renderCheck(exampleCheck(), 'node_modules/rehearsal/')).toBe(`\
A1          ok              every answer is streamed
B1          broken (known)  the headers
            expected  Cache-Control: no-cache
            seen      no Cache-Control
            more      node_modules/rehearsal/docs/clauses/B1.md
B3          broken          one final message ends the stream
            expected  nothing after the final message
            seen      event ping, data {}
            at        byte 310, 1203 ms after the request
            bytes     "event: ping\\ndata: {}\\n\\n"
            more      node_modules/rehearsal/docs/clauses/B3.md
C2-reading  differs         the buffer
            expected  100 characters
            seen      95 of them
            at        108 ms after the request
            more      node_modules/rehearsal/docs/clauses/C2.md
C4          not testable    pings
            because   the request got no stream
            more      node_modules/rehearsal/docs/clauses/C4.md

1 of 5 clauses ok, 1 broken, 1 differs, 1 not testable, 1 known
again     rehearsal check http://127.0.0.1:8080 --only B1,B3,C2-reading,C4
`);
});

test('a clause that is known to fail and is ok is named', () => {
  expect(renderCheck(exampleCheck({ known: ['A1'], only: ['A1'] }), '')).toBe(`\
A1          ok            every answer is streamed

1 of 1 clause ok
--known: ok by now: A1
`);
});

test('no control character of a gateway reaches the terminal', () => {
  expect(steeringIn(renderCheck(hostileCheck(), ''))).toEqual([]);
});

test('the name of a clause never touches its answer', () => {
  const report = exampleCheck({ only: ['A1'] });
  const clauses = report.clauses.map((clause) => ({ ...clause, id: 'health-reading' }));
  expect(renderCheck({ ...report, clauses }, '')).toMatch(/^health-reading {2}ok {12}every answer/);
});
