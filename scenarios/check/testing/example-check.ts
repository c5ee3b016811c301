import { buildCheckReport, type CheckReport } from '../check-report.ts';
import type { ClauseResult } from '../check-subject.ts';
import { departed, kept, notTestable } from '../judgement.ts';
import { numbersSchema } from '../numbers.ts';

/** A clause with each answer, and a known failure. */
const results: readonly ClauseResult[] = [
  {
    clause: { id: 'A1', title: 'every answer is streamed', says: 'Streamed.', probes: [] },
    judgement: kept('both are streams'),
  },
  {
    clause: { id: 'B1', title: 'the headers', says: 'Headers exactly.', probes: ['story'] },
    judgement: departed({ expected: 'Cache-Control: no-cache', seen: 'no Cache-Control' }),
  },
  {
    clause: {
      id: 'B3',
      title: 'one final message ends the stream',
      says: 'One message whose `isFinal` is true; nothing follows it.',
      probes: ['story', 'late-final'],
    },
    judgement: departed({
      expected: 'nothing after the final message',
      seen: 'event ping, data {}',
      at: { byte: 310, ms: 1203 },
      excerpt: 'event: ping\ndata: {}\n\n',
    }),
  },
  {
    clause: { id: 'C2-reading', title: 'the buffer', says: 'Nothing is lost.', probes: [] },
    judgement: departed({ expected: '100 characters', seen: '95 of them', at: { ms: 108 } }),
  },
  {
    clause: { id: 'C4', title: 'pings', says: 'Every 15 seconds.', probes: ['pings'] },
    judgement: notTestable('the request got no stream'),
  },
  {
    clause: { id: 'E3', title: 'the targets', says: 'Below 500 ms.', probes: [] },
    judgement: null,
  },
];

/** The report of a check in which a clause has each answer. */
export function exampleCheck({
  known = ['B1'],
  only = results.map(({ clause }) => clause.id),
}: { known?: readonly string[]; only?: readonly string[] } = {}): CheckReport {
  return buildCheckReport(
    results.filter(({ clause }) => only.includes(clause.id)),
    {
      tool: '1.2.3',
      startedAt: new Date('2026-11-27T10:20:30Z'),
      durationMs: 45_400,
      subject: 'http://127.0.0.1:8080/api/v1/ai/generate',
      insecure: false,
      numbers: numbersSchema.parse({}),
      known: new Set(known),
      command: 'rehearsal check http://127.0.0.1:8080',
      does: (probe) => `does ${probe}`,
    },
  );
}

/** Text that would break out of markup, a table or a terminal, were it not escaped. */
const hostileText =
  '<script>alert("x")</script>\'"><img src=x> | `code` @team #1 \u001B[31m\u0007\u202E';

/** Returns the characters of the hostile text that steer a terminal or a reader. */
export const steeringIn = (text: string): string[] =>
  Array.from(text).filter((character) => '\u001B\u0007\u202E'.includes(character));

/** A report in which every text that a gateway or its address determines is hostile. */
export function hostileCheck(): CheckReport {
  const report = exampleCheck();
  return {
    ...report,
    subject: hostileText,
    command: hostileText,
    clauses: report.clauses.map((clause) => ({
      ...clause,
      expected: hostileText,
      seen: hostileText,
      excerpt: hostileText,
      again: hostileText,
    })),
  };
}
