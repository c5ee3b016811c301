import { expect, test } from 'vitest';

import { scenarioJsonSchema } from './schema-places.ts';

/** The paths of all keys below a value that looks like a JSON Schema. */
function keysWithoutDescription(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap((each) => keysWithoutDescription(each, path));
  return Object.entries(schema).flatMap(([name, value]: [string, unknown]) => {
    if (name !== 'properties') return keysWithoutDescription(value, path);
    return Object.entries(value as Record<string, { description?: string }>).flatMap(
      ([key, place]) => [
        ...(place.description === undefined ? [`${path}.${key}`] : []),
        ...keysWithoutDescription(place, `${path}.${key}`),
      ],
    );
  });
}

test('the JSON Schema describes every key, and has an id', () => {
  const schema = scenarioJsonSchema();
  expect(keysWithoutDescription(schema)).toEqual([]);
  expect(schema).toHaveProperty('$id', 'urn:rehearsal:scenario:1');
});
