import { z } from 'zod';

/** As much of a JSON Schema as an example is made from. */
interface Shape {
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  anyOf?: Shape[];
  properties?: Record<string, Shape>;
  required?: string[];
  minimum?: number;
}

/** Returns the shortest value that a schema takes: of a map, the keys that it requires. */
export function exampleOf(schema: z.ZodType): unknown {
  // The library's own type of its result has no room for what it does not know.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return exampleFrom(z.toJSONSchema(schema, { io: 'input' }) as Shape);
}

function exampleFrom(shape: Shape): unknown {
  const { properties = {}, required = [], examples = [], anyOf = [] } = shape;
  const [value = shape.default ?? shape.enum?.[0] ?? shape.minimum] = examples;
  if (value !== undefined) return value;
  const [choice] = anyOf;
  if (choice !== undefined) return exampleFrom(choice);
  return Object.fromEntries(required.map((key) => [key, exampleFrom(properties[key] ?? {})]));
}

/** The keys that a map of a schema may have. */
export function keysOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
