import { createParser } from 'eventsource-parser';

import { buildAnswer, type Answer } from '../../../proto/dialects/answer.ts';
import type { Dialect } from '../../../proto/dialects/dialect.ts';
import { dialects } from '../../../proto/dialects/index.ts';
import type { RawAnswer } from '../../../gateway/testing/read-raw.ts';

/** A dialect in one of its two forms: streamed or whole. */
export interface DialectForm {
  /** Such as `openai-chat, whole`. */
  name: string;
  dialect: Dialect;
  path: string;
  isStreamed: boolean;
  /** Returns the smallest body of a request. */
  body(prompt: string, fields?: object): string;
}

const fieldsOf: Readonly<Record<string, (prompt: string) => object>> = {
  'openai-chat': (content) => ({ model: 'any', messages: [{ role: 'user', content }] }),
  'openai-responses': (input) => ({ model: 'any', input }),
  'anthropic-messages': (content) => ({
    model: 'any',
    max_tokens: 1000,
    messages: [{ role: 'user', content }],
  }),
  'ai-sdk-ui': (text) => ({ messages: [{ role: 'user', parts: [{ type: 'text', text }] }] }),
};

/** Every dialect in each of its forms. */
export const dialectForms: readonly DialectForm[] = dialects.flatMap(({ dialect, paths }) =>
  (dialect.isAlwaysStreamed === true ? [true] : [true, false]).map((isStreamed) => ({
    name: `${dialect.name}, ${isStreamed ? 'streamed' : 'whole'}`,
    dialect,
    path: paths[0] ?? '',
    isStreamed,
    body(prompt, fields) {
      const own = fieldsOf[dialect.name];
      if (own === undefined) throw new Error(`no request is known for ${dialect.name}`);
      return JSON.stringify({ ...own(prompt), stream: isStreamed, ...fields });
    },
  })),
);

export const streamedForms = dialectForms.filter(({ isStreamed }) => isStreamed);

/** Returns the status and the headers of an answer, by names in lower case. */
export function readHead({ head }: Pick<RawAnswer, 'head'>) {
  const [statusLine = '', ...lines] = head.trimEnd().split('\r\n');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers };
}

/** The answer that a client reads from a body, and whether an event was invalid or followed the end. */
export interface ReadBody extends Answer {
  isMalformed: boolean;
  /** The number of server-sent events. */
  events: number;
}

/** Reads a body event by event, up to the first one that no correct client can parse. */
export function readStreamBody({ decoder }: Dialect, body: string): ReadBody {
  const { event: decode } = decoder();
  const builder = buildAnswer();
  let isOver = false;
  let isMalformed = false;
  let events = 0;
  const parser = createParser({
    onEvent({ event, data }) {
      events += 1;
      if (isMalformed) return;
      let pieces;
      try {
        pieces = decode(event, data);
      } catch {
        isMalformed = true;
        return;
      }
      for (const piece of pieces) {
        // No event may follow the end of a stream.
        if (isOver) isMalformed = true;
        else builder.decoded(piece);
        isOver ||= piece.type === 'end' || piece.type === 'error';
      }
    },
  });
  parser.feed(body);
  return { ...builder.answer(), isMalformed, events };
}

/** Reads an answer in one piece; returns undefined if it is not JSON. */
export function readWholeBody({ readWhole }: Dialect, body: string): Answer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  return readWhole?.(value);
}
