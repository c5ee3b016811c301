/** A JSON Schema as a client sends it: nothing of it is certain. */
export type Schema = Readonly<Record<string, unknown>>;

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function schemasOf(value: unknown): Schema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

export function textsOf(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((each) => typeof each === 'string');
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Returns what a local reference (`#/$defs/place`) names; undefined where the document has no such place. */
export function resolveReference(root: Schema, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined;
  let place: unknown = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    if (typeof place !== 'object' || place === null) return undefined;
    const key = decodeStep(step);
    place = Object.hasOwn(place, key) ? Reflect.get(place, key) : undefined;
  }
  return place;
}

function decodeStep(step: string): string {
  const decoded = /%(?![\dA-Fa-f]{2})/.test(step) ? step : tryDecode(step);
  return decoded.replaceAll('~1', '/').replaceAll('~0', '~');
}

function tryDecode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

/** Of two schemas that both hold, the one that says both. */
export function mergeSchemas(first: Schema, second: Schema): Schema {
  const merged: Record<string, unknown> = { ...first };
  for (const [key, value] of Object.entries(second)) {
    merged[key] = Object.hasOwn(first, key) ? mergeKey(key, first[key], value) : value;
  }
  return merged;
}

function mergeKey(key: string, first: unknown, second: unknown): unknown {
  if (/^(?:minimum|exclusiveMinimum|minLength|minItems)$/.test(key)) {
    return Math.max(numberOf(first) ?? -Infinity, numberOf(second) ?? -Infinity);
  }
  if (/^(?:maximum|exclusiveMaximum|maxLength|maxItems)$/.test(key)) {
    return Math.min(numberOf(first) ?? Infinity, numberOf(second) ?? Infinity);
  }
  switch (key) {
    case 'properties':
    case '$defs':
    case 'definitions':
      return mergeMaps(first, second);
    case 'required':
      return [...new Set([...textsOf(first), ...textsOf(second)])];
    case 'enum':
      return intersect(first, second);
    case 'type':
      return intersectTypes(textsOf(first), textsOf(second));
    case 'allOf':
      return [...schemasOf(first), ...schemasOf(second)];
    case 'items':
      return isSchema(first) && isSchema(second) ? mergeSchemas(first, second) : second;
    default:
      return second;
  }
}

/** A property of both maps has to meet both schemas. */
function mergeMaps(first: unknown, second: unknown): unknown {
  if (!isSchema(first) || !isSchema(second)) return isSchema(first) ? first : second;
  const both = Object.entries(second).map(([key, schema]): [string, unknown] => {
    const other = Object.hasOwn(first, key) ? first[key] : undefined;
    return [key, isSchema(other) && isSchema(schema) ? { allOf: [other, schema] } : schema];
  });
  return Object.fromEntries([...Object.entries(first), ...both]);
}

function intersect(first: unknown, second: unknown): unknown {
  if (!Array.isArray(first) || !Array.isArray(second)) return second;
  const texts = new Set(second.map((each) => JSON.stringify(each)));
  return first.filter((each) => texts.has(JSON.stringify(each)));
}

/** An integer is a number. */
function intersectTypes(first: readonly string[], second: readonly string[]): string[] {
  const types = first.filter((type) => second.includes(type));
  const hasInteger = [first, second].some((each) => each.includes('integer'));
  const hasNumber = [first, second].some((each) => each.includes('number'));
  return hasInteger && hasNumber && !types.includes('integer') ? [...types, 'integer'] : types;
}
