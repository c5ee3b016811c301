import type { Clause } from '../clause.ts';
import { departed, firstDeviation, kept, type Judgement } from '../judgement.ts';
import { judgeCancel } from './judge-cancel.ts';
import type { Seen, SeenResponse } from '../seen.ts';
import {
  fieldsOf,
  ofMessages,
  ofStream,
  placeOf,
  sameText,
  shorten,
  type SeenMessage,
} from './stream-facts.ts';

/** The headers of a stream, exactly (B1). */
const specifiedHeaders = [
  ['Content-Type', 'text/event-stream'],
  ['Cache-Control', 'no-cache'],
  ['Connection', 'keep-alive'],
  ['X-Accel-Buffering', 'no'],
  ['Access-Control-Allow-Origin', '*'],
] as const;

/** B: the response. */
export const responseClauses: readonly Clause[] = [
  {
    id: 'B1',
    title: 'the headers',
    says: 'Headers exactly: `Content-Type: text/event-stream`, `Cache-Control: no-cache`, `Connection: keep-alive`, `X-Accel-Buffering: no`, `Access-Control-Allow-Origin: *`. The load test compares Content-Type for equality, so no charset is appended.',
    probes: ['story'],
    judge: (seen) => ofStream(seen('story')[0], ({ response }) => sameHeaders(response)),
  },
  {
    id: 'B2',
    title: 'a chunk is a message',
    says: 'Each chunk is `event: message` with `data: {"delta":"…","isFinal":false}`.',
    probes: ['story'],
    judge: (seen) => ofStream(seen('story')[0], messagesAsSpecified),
  },
  {
    id: 'B3',
    title: 'one final message ends the stream',
    says: 'The stream ends with one message whose `isFinal` is true; it may carry text; nothing follows it.',
    probes: ['story'],
    judge: (seen) => ofMessages(seen('story')[0], oneFinal),
  },
  {
    id: 'B3-reading',
    title: 'the final message comes with an empty buffer too',
    says: 'Every stream that ends well has exactly one final message, with an empty delta if need be.',
    probes: ['late-final'],
    judge: (seen) =>
      ofMessages(seen('late-final')[0], ({ response }, messages) =>
        messages.some(({ isFinal }) => isFinal)
          ? kept('with an empty delta')
          : noFinal(response, messages),
      ),
  },
  {
    id: 'B4',
    title: 'a client that leaves cancels the call',
    says: "When the client disconnects, work stops: the agent's call is cancelled.",
    probes: ['leave', 'leave-in-silence'],
    judge: (seen) =>
      firstDeviation(
        [
          ofStream(seen('leave')[0], (each) => cancelledCall(each, 'in the middle of the text')),
          ofStream(seen('leave-in-silence')[0], (each) => cancelledCall(each, 'in a silence')),
        ],
        'cancelled, in the text and in a silence',
      ),
  },
  {
    id: 'B5',
    title: 'parsers of others can read it',
    says: 'Parsers written by others must read it: native EventSource, fetch readers, WHATWG-conforming parsers.',
    probes: ['awkward-text'],
    judge: (seen) => ofStream(seen('awkward-text')[0], readable),
  },
];

function sameHeaders(response: SeenResponse): Judgement {
  const wrong = specifiedHeaders.flatMap(([name, value]) => {
    const values = response.headers.filter(([each]) => each.toLowerCase() === name.toLowerCase());
    if (values.length === 1 && values[0]?.[1] === value) return [];
    const seen =
      values.length === 0
        ? `no ${name}`
        : values.map(([each, text]) => `${each}: ${text}`).join(', ');
    return [{ expected: `${name}: ${value}`, seen }];
  });
  return wrong.length === 0
    ? kept('all five')
    : departed({
        expected: wrong.map(({ expected }) => expected).join(', '),
        seen: wrong.map(({ seen }) => seen).join(', '),
      });
}

function messagesAsSpecified({ response }: Seen): Judgement {
  const { events } = response;
  for (const event of events) {
    if (event.event === 'ping' || event.event === 'error') continue;
    const fields = fieldsOf(event);
    const isMessage =
      event.event === 'message' &&
      typeof fields['delta'] === 'string' &&
      typeof fields['isFinal'] === 'boolean' &&
      Object.keys(fields).length === 2;
    if (isMessage && hasName(response, event)) continue;
    return departed({
      expected: 'event: message, data: {"delta":"…","isFinal":false}',
      seen: shorten(`event ${event.event}, data ${event.data}`),
      ...placeOf(response, event),
    });
  }
  return events.length === 0
    ? departed({ expected: 'messages', seen: `no event in ${response.bytes} bytes` })
    : kept(`${events.length} messages`);
}

/** Whether the event's name is written: a parser takes an event without one for a message. */
function hasName({ body }: SeenResponse, { from, to }: { from: number; to: number }): boolean {
  return /^event: ?message\r?$/m.test(body.subarray(from, to).toString());
}

function oneFinal({ response }: Seen, messages: readonly SeenMessage[]): Judgement {
  const final = messages.find(({ isFinal }) => isFinal);
  if (final === undefined) return noFinal(response, messages);
  const last = response.events.at(-1);
  if (last !== undefined && last.from !== final.from) {
    return departed({
      expected: 'nothing after the final message',
      seen: shorten(`event ${last.event}, data ${last.data}`),
      ...placeOf(response, last),
    });
  }
  return response.end === 'complete'
    ? kept('one, and the response is complete')
    : departed({
        expected: 'the end of the response after the final message',
        seen: `the response is ${response.end}`,
        at: { ms: Math.round(response.endAtMs) },
      });
}

function noFinal(response: SeenResponse, messages: readonly SeenMessage[]): Judgement {
  return departed({
    expected: 'one message with isFinal: true',
    seen: `none in ${messages.length} messages; the response is ${response.end}`,
    at: { byte: response.bytes, ms: Math.round(response.endAtMs) },
  });
}

function cancelledCall(seen: Seen, where: string): Judgement {
  return judgeCancel(seen, {
    expected: `the call is cancelled when its client leaves ${where}`,
    none: 'the agent saw no call',
    subject: 'the call',
  });
}

function readable(seen: Seen): Judgement {
  const { response } = seen;
  const notUtf8 = firstInvalidByte(response.body);
  if (notUtf8 !== undefined) {
    return departed({
      expected: 'UTF-8',
      seen: `the byte 0x${(response.body[notUtf8] ?? 0).toString(16)}`,
      at: { byte: notUtf8 },
    });
  }
  const broken = response.events.find(
    ({ event, json }) => event === 'message' && json === undefined,
  );
  if (broken !== undefined) {
    return departed({
      expected: 'JSON in the data of every message',
      seen: shorten(broken.data),
      ...placeOf(response, broken),
    });
  }
  return sameText(seen) ?? kept('every character arrives');
}

/** Returns the index of the first byte that is not UTF-8. */
function firstInvalidByte(body: Buffer): number | undefined {
  const text = body.toString();
  const index = text.indexOf('\uFFFD');
  return index === -1 ? undefined : Buffer.byteLength(text.slice(0, index));
}
