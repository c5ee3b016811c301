import { drawInteger, type Draw } from '../../proto/draws.ts';
import { numberOf, type Schema } from './json-schema.ts';

/** How far a number may be from the one bound that its schema has. */
const defaultSpan = 100;

/** Returns a number within the bounds of a schema, or the nearest bound where they leave none. */
export function drawNumber(schema: Schema, isInteger: boolean, draw: Draw): number {
  const { low, high } = boundsOf(schema);
  const step = numberOf(schema.multipleOf) ?? (isInteger ? 1 : undefined);
  if (step === undefined || step <= 0) return drawDecimal(low, high, schema, draw);
  return drawMultiple(low, high, step, isInteger, schema, draw);
}

function boundsOf(schema: Schema): { low: number; high: number } {
  const lows = [schema.minimum, schema.exclusiveMinimum].map(numberOf);
  const highs = [schema.maximum, schema.exclusiveMaximum].map(numberOf);
  const low = Math.max(...lows.map((bound) => bound ?? -Infinity));
  const high = Math.min(...highs.map((bound) => bound ?? Infinity));
  if (low === -Infinity && high === Infinity) return { low: 0, high: defaultSpan };
  const span = Math.max(defaultSpan, defaultSpan * (numberOf(schema.multipleOf) ?? 1));
  if (high === Infinity) return { low, high: low + span };
  if (low === -Infinity) return { low: high - span, high };
  return { low, high };
}

/** Draft 4 says by `true` that a bound itself is excluded, later drafts give the excluded number. */
function isAllowed(value: number, schema: Schema): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  return (
    value !== exclusiveMinimum &&
    value !== exclusiveMaximum &&
    !(exclusiveMinimum === true && value === minimum) &&
    !(exclusiveMaximum === true && value === maximum)
  );
}

function drawDecimal(low: number, high: number, schema: Schema, draw: Draw): number {
  for (let tries = 0; tries < 10; tries += 1) {
    const value = low + (high - low) * draw();
    const rounded = Number(value.toFixed(2));
    const isWithin = rounded >= low && rounded <= high;
    if (isWithin && isAllowed(rounded, schema)) return rounded;
    if (isAllowed(value, schema)) return value;
  }
  return low;
}

function drawMultiple(
  low: number,
  high: number,
  step: number,
  isInteger: boolean,
  schema: Schema,
  draw: Draw,
): number {
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step)];
  const start = first > last ? first : drawInteger(draw, first, last);
  const count = Math.max(1, Math.min(last - first + 1, 1000));
  for (let index = 0; index < count; index += 1) {
    // From a drawn multiple on, around the end of the range.
    const factor = first + ((start - first + index) % Math.max(1, last - first + 1));
    const value = Number((factor * step).toPrecision(15));
    const isMultiple = Number.isInteger(value / step);
    if (isMultiple && isAllowed(value, schema) && (!isInteger || Number.isInteger(value))) {
      return value;
    }
  }
  return start * step;
}
