import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { finishReasons, type Parts } from '../parts.ts';
import type { MessageEvent } from '../stream-event.ts';
import { answerOf, buildAnswer, type Answer } from './answer.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import type { Dialect, StreamIdentity } from './dialect.ts';
import { dialects } from './index.ts';

const identity: StreamIdentity = {
  hash: 'abcdefghijklmnopqrstuvwxyzABCDEF0123',
  createdSec: 1_700_000_000,
  model: 'rehearsal/healthy',
};

/** The smallest request of each dialect. */
const bodies: Readonly<Record<string, object>> = {
  'openai-chat': {
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    stream: true,
    stream_options: { include_usage: true },
  },
  'openai-responses': { model: 'm', input: 'hello', stream: true },
  'anthropic-messages': {
    model: 'm',
    max_tokens: 10,
    messages: [{ role: 'user', content: 'hello' }],
    stream: true,
  },
  'ai-sdk-ui': { messages: [{ role: 'user', parts: [{ type: 'text', text: 'hello' }] }] },
};

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const usage = fc.record({
  inputTokens: fc.integer({ min: 100, max: 1000 }),
  outputTokens: fc.nat(1000),
  reasoningTokens: fc.nat(100),
  cachedTokens: fc.nat(100),
});

/** Fragments of calls in an order that a model would send: calls begin one after the other. */
const fragments = fc
  .array(
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 8 }),
      pieces: fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 }),
    }),
    { maxLength: 3 },
  )
  .chain((calls) => {
    const all = calls.flatMap(({ name, pieces }, index) =>
      ['{"a":"', ...pieces.map((piece) => JSON.stringify(piece).slice(1, -1)), '"}'].map(
        (piece, at) => ({
          index,
          id: at === 0 ? `call-${index}` : '',
          name: at === 0 ? name : '',
          arguments: piece,
        }),
      ),
    );
    const sequential = fc.constant(all);
    // Round by round: the second piece of each call follows the first piece of all.
    const longest = Math.max(
      0,
      ...calls.map((_, call) => all.filter(({ index }) => index === call).length),
    );
    const interleaved = Array.from({ length: longest }, (_, at) =>
      calls.flatMap((_call, call) => all.filter(({ index }) => index === call)[at] ?? []),
    ).flat();
    return fc.oneof(sequential, fc.constant(interleaved));
  });

/** The messages of a stream: reasoning, text, tool calls, and a final message. */
const streams = fc
  .record({
    reasoning: fc.array(text, { maxLength: 4 }),
    texts: fc.array(text, { maxLength: 8 }),
    toolCalls: fragments,
    finishReason: fc.constantFrom(...finishReasons),
    usage,
  })
  .map(({ reasoning, texts, toolCalls, ...last }): MessageEvent[] => [
    ...reasoning.map((words) => message('', { reasoning: words })),
    ...texts.map((delta) => message(delta)),
    ...toolCalls.map((fragment) => message('', { toolCalls: [fragment] })),
    {
      event: 'message',
      data: {
        delta: '',
        isFinal: true,
        parts: { ...last, finishReason: toolCalls.length > 0 ? 'tool-calls' : notTools(last) },
      },
    },
  ]);

function notTools({ finishReason }: Required<Pick<Parts, 'finishReason'>>) {
  return finishReason === 'tool-calls' ? 'stop' : finishReason;
}

function message(delta: string, parts?: Parts): MessageEvent {
  return { event: 'message', data: { delta, isFinal: false, parts } };
}

function encode(dialect: Dialect, events: readonly MessageEvent[]): string {
  const encoder = dialect.readRequest(bodies[dialect.name]).encoder(identity);
  return encoder.start() + events.map(encoder.event).join('');
}

/** Decodes a stream whose bytes come in pieces of so many code units. */
function decode(dialect: Dialect, wire: string, pieceUnits: number): Answer {
  const decoder = dialect.decoder();
  const builder = buildAnswer();
  const parser = createParser({
    onEvent({ event, data }) {
      for (const piece of decoder.event(event, data)) builder.decoded(piece);
    },
  });
  for (let from = 0; from < wire.length; from += pieceUnits) {
    parser.feed(wire.slice(from, from + pieceUnits));
  }
  return builder.answer();
}

/** What a dialect has no words for comes back empty. */
function asSaid({ name }: Dialect, answer: Answer): Answer {
  return name === 'ai-sdk-ui' ? { ...answer, usage: undefined } : answer;
}

describe.each(dialects.map(({ dialect }) => ({ name: dialect.name, dialect })))(
  '$name',
  ({ dialect }) => {
    test('what is decoded is what was encoded, however the bytes are cut', () => {
      fc.assert(
        fc.property(streams, fc.integer({ min: 1, max: 200 }), (events, pieceUnits) => {
          const decoded = decode(dialect, encode(dialect, events), pieceUnits);
          expect(decoded).toEqual(asSaid(dialect, answerOf(events)));
        }),
      );
    });

    test('text and reasoning may come between the fragments of calls', () => {
      fc.assert(
        fc.property(streams, fc.array(fc.nat(30), { minLength: 4 }), text, (events, at, extra) => {
          const mixed = events.slice(0, -1);
          for (const [index, place] of at.entries()) {
            const part = index % 2 === 0 ? message(extra) : message('', { reasoning: extra });
            mixed.splice(Math.min(place, mixed.length), 0, part);
          }
          const all = [...mixed, ...events.slice(-1)];
          const decoded = decode(dialect, encode(dialect, all), 64);
          expect(decoded).toEqual(asSaid(dialect, answerOf(all)));
        }),
      );
    });

    test('a stream that is cut at any event is not complete', () => {
      fc.assert(
        fc.property(streams, fc.nat(50), (events, keep) => {
          const kept = events.slice(0, Math.min(keep, events.length - 1));
          const decoded = decode(dialect, encode(dialect, kept), 64);
          const { text: said, isComplete } = answerOf(kept);
          expect({ text: decoded.text, isComplete: decoded.isComplete }).toEqual({
            text: said,
            isComplete,
          });
        }),
      );
    });

    test('an error ends the stream with the words of the agent', () => {
      const encoder = dialect.readRequest(bodies[dialect.name]).encoder(identity);
      const body = {
        error: 'The generation failed',
        code: 'GENERATION_ERROR',
        details: 'no model',
      };
      const wire =
        encoder.start() +
        encoder.event(message('abc')) +
        // The code is one of the closed set.
        encoder.event({ event: 'error', data: { ...body, code: 'GENERATION_ERROR' } });
      expect(decode(dialect, wire, 1000)).toMatchObject({
        text: 'abc',
        error: 'no model',
        isComplete: false,
      });
    });

    test.runIf(dialect.readWhole !== undefined)(
      'an answer that is not streamed says the same',
      () => {
        fc.assert(
          fc.property(streams, (events) => {
            const answer = answerOf(events);
            const whole = dialect.readRequest(bodies[dialect.name]).whole?.(answer, identity);
            const read = dialect.readWhole?.(JSON.parse(JSON.stringify(whole)));
            expect(read).toEqual({ ...asSaid(dialect, answer), error: undefined });
          }),
        );
      },
    );
  },
);

test('a call of Anthropic is written as it comes once the one before it is whole', () => {
  const encoder = anthropicMessages.readRequest(bodies['anthropic-messages']).encoder(identity);
  const write = (index: number, piece: string, id = '') =>
    encoder.event(message('', { toolCalls: [{ index, id, name: id && 'f', arguments: piece }] }));
  const pieces = (wire: string) => [...wire.matchAll(/"partial_json":("[^}]*")/g)].length;
  encoder.start();
  write(0, '{"a":"}', 'call_0');
  expect(write(1, '{"b":', 'call_1')).toBe('');
  expect(encoder.event(message('held'))).toBe('');
  // The first call ends, so the second one comes, and the text behind it waits.
  const released = write(0, '"}');
  expect([pieces(released), released.includes('held')]).toEqual([2, false]);
  expect(write(0, '')).toBe('');
  expect(write(1, '1}')).toContain('held');
  expect(encoder.event(message(' on'))).toContain('text_delta');
});
