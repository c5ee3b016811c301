import { expect, test } from 'vitest';

import { behaviourSchema } from './behaviour.ts';
import { planStream } from './plan.ts';

test.each(['', '{}', '{"type":"string"}', '{"type":["object","null"]}', '[', 'true'])(
  'generated arguments for the schema %j are an object',
  (parameters) => {
    const behaviour = behaviourSchema.parse({ toolCalls: [{}] });
    for (const key of ['a', 'b', 'c', 'd']) {
      const { chunks } = planStream(behaviour, 1, {
        scenario: 's',
        key,
        prompt: 'p',
        model: 'm',
        tools: [{ name: 'f', description: '', parameters }],
      });
      const pieces = chunks.flatMap(({ parts }) => parts?.toolCalls ?? []);
      const written: unknown = JSON.parse(pieces.map((piece) => piece.arguments).join(''));
      expect(written).toEqual(expect.any(Object));
      expect(Array.isArray(written)).toBe(false);
    }
  },
);
