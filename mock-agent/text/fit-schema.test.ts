import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { drawsFor } from '../../proto/draws.ts';
import { fitSchema } from './fit-schema.ts';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

const draw = (key: string) => drawsFor({ seed: 1, scenario: 'schema', key })('arguments');

/** Returns the value of a schema, and what is wrong with it. */
function check(schema: object, key: string): string {
  const value = fitSchema(schema, draw(key));
  const isValid = ajv.validate(schema, value);
  ajv.removeSchema(schema);
  return isValid ? 'fits' : `${ajv.errorsText()}: ${JSON.stringify(value)}`;
}

const name = fc.constantFrom('city', 'query', 'id', 'count', 'tags', 'user_name', 'x', '__proto__');

const bounds = (low: number, high: number) =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.nat(20)).map(([min, span]) => [min, min + span]);

/** Schemas that have a value. */
const { schema: schemas } = fc.letrec<{ schema: object; leaf: object }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom<object>(
      {},
      { type: 'boolean' },
      { type: 'null' },
      { const: { a: 1 } },
      { $ref: '#/$defs/node' },
      { type: ['string', 'null'] },
      { type: 'string', nullable: true },
      { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.01 },
      { type: 'number', multipleOf: 0.01, minimum: 0.05, maximum: 0.09 },
      { type: 'integer', multipleOf: 2.5, minimum: 1 },
      { type: 'integer', maximum: -3 },
    ),
    fc.record({ enum: fc.uniqueArray(fc.jsonValue(), { minLength: 1, maxLength: 4 }) }),
    fc.record({
      type: fc.constant('string'),
      format: fc.constantFrom('date', 'date-time', 'time', 'email', 'uri', 'uuid', 'ipv4', 'ipv6'),
    }),
    bounds(0, 60).map(([minLength, maxLength]) => ({ type: 'string', minLength, maxLength })),
    bounds(-50, 50).map(([minimum, maximum]) => ({ type: 'integer', minimum, maximum })),
    bounds(-50, 50).map(([minimum, maximum]) => ({ type: 'number', minimum, maximum })),
  ),
  schema: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('leaf'),
    fc
      .record({
        properties: fc.dictionary(name, tie('schema'), { maxKeys: 4 }),
        required: fc.uniqueArray(name, { maxLength: 3 }),
      })
      .map((object) => ({ type: 'object', ...object })),
    fc
      .tuple(tie('schema'), bounds(0, 4))
      .map(([items, [minItems, maxItems]]) => ({ type: 'array', items, minItems, maxItems })),
    fc
      .array(tie('schema'), { minLength: 1, maxLength: 3 })
      .map((prefixItems) => ({ type: 'array', prefixItems, items: false })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.tuple(tie('schema'), tie('schema')).map(([a, b]) => ({
      allOf: [
        { type: 'object', properties: { a }, required: ['a'] },
        { properties: { b }, required: ['b'] },
      ],
    })),
  ),
}));

/** A list that may go on for ever. */
const $defs = {
  node: {
    type: 'object',
    properties: {
      value: { type: 'integer' },
      next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
      children: { type: 'array', items: { $ref: '#/$defs/node' } },
    },
    required: ['value', 'next'],
  },
};

test('a value fits its schema, whatever that is made of', () => {
  fc.assert(
    fc.property(schemas, fc.string(), (schema, key) => {
      expect(check({ ...schema, $defs }, key)).toBe('fits');
    }),
    { seed: 20_251_021, numRuns: 200 },
  );
});

test.each<[string, object]>([
  ['a union by discriminator', { oneOf: ['a', 'b'].map((kind) => ({ const: { kind } })) }],
  [
    'a list without a value twice',
    { type: 'array', items: { enum: [1, 2, 3] }, minItems: 3, uniqueItems: true },
  ],
  [
    'merged bounds',
    {
      allOf: [
        { type: 'number', minimum: 3 },
        { type: 'integer', maximum: 4 },
      ],
    },
  ],
  [
    'a property of two schemas',
    {
      allOf: [
        { type: 'object', properties: { a: { minimum: 5 } } },
        { properties: { a: { type: 'integer', maximum: 5 } }, required: ['a'] },
      ],
    },
  ],
  [
    'a reference with an escaped name',
    { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': { const: 7 } } },
  ],
  ['a schema that refers to itself', { type: 'object', properties: { again: { $ref: '#' } } }],
])('a value fits %s', (_, schema) => {
  for (let key = 0; key < 50; key += 1) expect(check(schema, `k${key}`)).toBe('fits');
});

test('draft 4 excludes bounds by a flag', () => {
  const schema = {
    type: 'integer',
    minimum: 1,
    maximum: 3,
    exclusiveMinimum: true,
    exclusiveMaximum: true,
  };
  for (let key = 0; key < 20; key += 1) expect(fitSchema(schema, draw(`k${key}`))).toBe(2);
});

test('the arguments of a typical tool read like those of a model', () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 7 } },
    required: ['city', 'days'],
  };
  expect(fitSchema(schema, draw('k'))).toEqual(fitSchema(schema, draw('k')));
  expect(fitSchema(schema, draw('k'))).toMatchObject({
    city: expect.stringMatching(/^(?:Lisbon|Nairobi|Oslo|Kyoto|Hangzhou)$/),
  });
});

test('what is no schema has an empty object', () => {
  for (const schema of [null, 'text', [], 7]) expect(fitSchema(schema, draw('k'))).toEqual({});
});

const wide = Object.fromEntries(
  Array.from({ length: 20 }, (_, index) => [`p${index}`, { $ref: '#' }]),
);
const many = Array.from({ length: 20_000 }, (_, index) => index);

test.each<[string, object]>([
  ['requires itself', { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }],
  ['is a reference to itself', { $ref: '#' }],
  ['requires itself many times', { type: 'object', properties: wide, required: Object.keys(wide) }],
  [
    'asks for an endless list',
    { type: 'array', minItems: 1e9, items: { type: 'string', minLength: 1e9 } },
  ],
  [
    'refers to a long list again and again',
    { type: 'array', minItems: 1e9, items: { allOf: [{ enum: many }, { enum: many }] } },
  ],
  ['has a step that no number takes', { type: 'integer', multipleOf: 1e-300, minimum: 1e300 }],
])('a schema that %s has a bounded value', (_, schema) => {
  expect(JSON.stringify(fitSchema(schema, draw('k'))).length).toBeLessThan(100_000);
});
