import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';

import { exampleCheck, hostileCheck } from '../testing/example-check.ts';
import { renderCheckJunit } from './junit.ts';

test('only what is broken, and not known, is a failure', () => {
  expect(renderCheckJunit(exampleCheck())).toBe(`\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="rehearsal" tests="6" failures="1" errors="0">
  <testsuite name="http://127.0.0.1:8080/api/v1/ai/generate" tests="6" failures="1" errors="0" skipped="4">
    <testcase classname="rehearsal.check" name="A1 every answer is streamed">
    </testcase>
    <testcase classname="rehearsal.check" name="B1 the headers">
      <skipped message="broken (known): expected Cache-Control: no-cache; seen no Cache-Control"/>
    </testcase>
    <testcase classname="rehearsal.check" name="B3 one final message ends the stream">
      <failure type="rehearsal" message="expected nothing after the final message; seen event ping, data {}">byte 310, 1203 ms after the request: event: ping
data: {}

</failure>
    </testcase>
    <testcase classname="rehearsal.check" name="C2-reading the buffer">
      <skipped message="differs: expected 100 characters; seen 95 of them"/>
    </testcase>
    <testcase classname="rehearsal.check" name="C4 pings">
      <skipped message="not testable: the request got no stream"/>
    </testcase>
    <testcase classname="rehearsal.check" name="E3 the targets">
      <skipped message="skipped"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});

test('what a gateway sends leaves the XML well-formed', () => {
  const names: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => void names.push(name));
  parser.write(renderCheckJunit(hostileCheck())).close();
  expect(new Set(names)).toEqual(
    new Set(['testsuites', 'testsuite', 'testcase', 'failure', 'skipped']),
  );
});
