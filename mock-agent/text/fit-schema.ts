import { drawInteger, drawOne, type Draw } from '../../proto/draws.ts';
import { drawNumber } from './fit-number.ts';
import { drawString } from './fit-string.ts';
import {
  isSchema,
  mergeSchemas,
  numberOf,
  resolveReference,
  schemasOf,
  textsOf,
  type Schema,
} from './json-schema.ts';

/** Beyond this depth a value has only what its schema requires, and of several schemas the simplest. */
const simpleFromDepth = 8;

/** Beyond this depth a value is null: its schema has no end. */
const deepest = 32;

/** A value has at most so many values in it. */
const mostValues = 2000;

/** So many keywords and entries of schemas are read for a value; then everything is null. */
const mostSteps = 100_000;

/** So many parts of an `allOf` are merged. */
const mostParts = 64;

/** So many characters the texts of a value have together. */
const mostChars = 20_000;

interface Work {
  root: Schema;
  draw: Draw;
  values: number;
  steps: number;
  charsLeft: number;
}

/**
 * Returns a value that fits a JSON Schema, as the arguments of a tool call.
 *
 * Knows type, enum, const, properties and required, items and prefixItems, bounds of numbers, texts and
 * lists, multipleOf, the common formats, anyOf, oneOf, allOf, nullable and local references. What it does
 * not know it ignores. Its work and its result are bounded, however the schema refers to itself.
 */
export function fitSchema(schema: unknown, draw: Draw): unknown {
  if (!isSchema(schema)) return {};
  return fit(schema, '', 0, { root: schema, draw, values: 0, steps: 0, charsLeft: mostChars });
}

/** @param name of the property that the value is for */
function fit(given: unknown, name: string, depth: number, work: Work): unknown {
  work.values += 1;
  if (given === false || depth > deepest || isExhausted(work)) return null;
  const schema = flatten(isSchema(given) ? given : {}, depth, work);
  if (schema === undefined) return null;
  if (Object.hasOwn(schema, 'const')) return schema.const;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) {
    const values: unknown[] = schema.enum;
    return values[drawInteger(work.draw, 0, values.length - 1)];
  }
  switch (drawType(schema, depth, work.draw)) {
    case 'object':
      return fitObject(schema, depth, work);
    case 'array':
      return fitArray(schema, name, depth, work);
    case 'integer':
      return drawNumber(schema, true, work.draw);
    case 'number':
      return drawNumber(schema, false, work.draw);
    case 'boolean':
      return work.draw() < 0.5;
    case 'null':
      return null;
    default: {
      const text = drawString(schema, name, work.charsLeft, work.draw);
      work.charsLeft -= Math.min(work.charsLeft, text.length);
      return text;
    }
  }
}

function isExhausted({ values, steps }: Work): boolean {
  return values > mostValues || steps > mostSteps;
}

/** Returns one schema in the place of references and combinations; undefined where they have no end. */
function flatten(given: Schema, depth: number, work: Work): Schema | undefined {
  let schema = given;
  for (let hops = 0; hops <= deepest; hops += 1) {
    work.steps += weigh(schema);
    if (isExhausted(work)) return undefined;
    const { $ref: reference, allOf, anyOf, oneOf, ...others } = schema;
    if (typeof reference === 'string') {
      const target = resolveReference(work.root, reference);
      schema = mergeSchemas({ ...others, ...defined({ allOf, anyOf, oneOf }) }, asSchema(target));
    } else if (Array.isArray(allOf)) {
      const parts = schemasOf(allOf).slice(0, mostParts);
      for (const part of parts) work.steps += weigh(part);
      if (isExhausted(work)) return undefined;
      schema = parts.reduce(mergeSchemas, { ...others, ...defined({ anyOf, oneOf }) });
    } else if (Array.isArray(anyOf)) {
      schema = mergeSchemas({ ...others, ...defined({ oneOf }) }, chooseOne(anyOf, depth, work));
    } else if (Array.isArray(oneOf)) {
      schema = mergeSchemas(others, chooseOne(oneOf, depth, work));
    } else {
      return schema;
    }
  }
  return undefined;
}

/** How much there is to read in a schema, without what is below its properties. */
function weigh(schema: Schema): number {
  let steps = 0;
  for (const [key, value] of Object.entries(schema)) {
    steps += 1;
    if (Array.isArray(value)) steps += value.length;
    else if (key === 'properties' && isSchema(value)) steps += Object.keys(value).length;
    else if (key === '$ref' && typeof value === 'string') steps += value.length;
  }
  return steps;
}

function asSchema(value: unknown): Schema {
  return isSchema(value) ? value : {};
}

function defined(keys: Schema): Schema {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

/** Draws one of several schemas; deep down, one that has nothing below it. */
function chooseOne(list: readonly unknown[], depth: number, { draw }: Work): Schema {
  const schemas = schemasOf(list);
  const simple = depth < simpleFromDepth ? [] : schemas.filter(isSimple);
  const [first = {}, ...others] = simple.length > 0 ? simple : schemas;
  return drawOne(draw, [first, ...others]);
}

function isSimple({ $ref: reference, type, properties, items }: Schema): boolean {
  const types = textsOf(type);
  return (
    reference === undefined &&
    properties === undefined &&
    items === undefined &&
    !types.includes('object') &&
    !types.includes('array')
  );
}

function drawType(schema: Schema, depth: number, draw: Draw): string {
  const [first, ...others] = textsOf(schema.type);
  if (first === undefined) return inferType(schema);
  if (others.length === 0) return first;
  if (depth >= simpleFromDepth && [first, ...others].includes('null')) return 'null';
  return drawOne(draw, [first, ...others]);
}

function inferType(schema: Schema): string {
  const has = (...keys: string[]) => keys.some((key) => Object.hasOwn(schema, key));
  if (has('properties', 'required')) return 'object';
  if (has('items', 'prefixItems', 'minItems', 'maxItems')) return 'array';
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) {
    return 'number';
  }
  return 'string';
}

function fitObject({ properties, required }: Schema, depth: number, work: Work): unknown {
  const schemas = isSchema(properties) ? properties : {};
  const needed = new Set(textsOf(required));
  const entries: [string, unknown][] = [];
  const add = (key: string, schema: unknown) => {
    entries.push([key, fit(schema, key, depth + 1, work)]);
  };
  for (const [key, schema] of Object.entries(schemas)) {
    if (needed.has(key) || isChosen(schema, depth, work)) add(key, schema);
    needed.delete(key);
  }
  for (const key of needed) add(key, {});
  return Object.fromEntries(entries);
}

/** Whether an optional property is part of a value. */
function isChosen(schema: unknown, depth: number, { draw, values }: Work): boolean {
  return schema !== false && depth < simpleFromDepth && values < mostValues / 2 && draw() < 0.75;
}

function fitArray(schema: Schema, name: string, depth: number, work: Work): unknown[] {
  const { items, prefixItems, minItems, maxItems, uniqueItems } = schema;
  const tuple: unknown[] = [prefixItems, items].find(Array.isArray) ?? [];
  const fewest = Math.max(0, Math.ceil(numberOf(minItems) ?? (depth < simpleFromDepth ? 1 : 0)));
  const most = Math.max(0, Math.floor(numberOf(maxItems) ?? Infinity));
  const length = Math.min(most, drawInteger(work.draw, fewest, fewest + 2));
  const hasMore = !Array.isArray(items) && items !== false;
  const wanted = hasMore ? length : Math.min(Math.max(length, fewest), tuple.length);
  const values: unknown[] = [];
  const seen = new Set<string>();
  for (let tries = 0; values.length < wanted && tries < wanted + uniqueTries; tries += 1) {
    if (isExhausted(work)) break;
    const value = fit(tuple[values.length] ?? items, singular(name), depth + 1, work);
    const text = uniqueItems === true ? JSON.stringify(value) : '';
    if (uniqueItems === true && seen.has(text)) continue;
    seen.add(text);
    values.push(value);
  }
  return values;
}

/** How often another value is tried where a list has no value twice. */
const uniqueTries = 50;

/** `cities` is a list of `city`. */
function singular(name: string): string {
  return name.replace(/ies$/, 'y').replace(/s$/, '');
}
