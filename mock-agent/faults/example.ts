import { z } from 'zod';

/** The keywords of a JSON Schema from which an example can be built. */
interface Shape {
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  anyOf?: Shape[];
  properties?: Record<string, Shape>;
  required?: string[];
  minimum?: number;
}

/** Returns a short value that a schema accepts; a map has its required keys and those with an example. */
export function exampleOf(schema: z.ZodType): unknown {
  // zod's type of a JSON Schema cannot be narrowed to `Shape`.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return exampleFrom(z.toJSONSchema(schema, { io: 'input' }) as Shape);
}

function exampleFrom(shape: Shape): unknown {
  const { properties = {}, required = [], anyOf = [] } = shape;
  const [value = shape.default ?? shape.enum?.[0] ?? shape.minimum] = examplesIn(shape);
  if (value !== undefined) return value;
  const [choice] = anyOf;
  if (choice !== undefined) return exampleFrom(choice);
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([key, property]) => required.includes(key) || examplesIn(property).length > 0)
      .map(([key, property]) => [key, exampleFrom(property)]),
  );
}

function examplesIn({ examples, anyOf = [] }: Shape): unknown[] {
  return examples ?? anyOf.flatMap(examplesIn).slice(0, 1);
}

/** Returns the allowed keys of a map. */
export function keysOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
