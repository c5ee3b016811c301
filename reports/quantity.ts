/** Numbers as people read them, the same in every rendering. Exact ones are in `report.json`. */

/** The unit of a target's value. */
export type Unit = 'ms' | 'ratio' | 'streams';

/** The mark for a number that does not exist. */
export const nothing = '–';

/** Writes a value in its unit; null as a dash. */
export function formatQuantity(value: number | null, unit: Unit): string {
  if (value === null) return nothing;
  if (unit === 'ms') return formatMs(value);
  return unit === 'ratio' ? formatRatio(value) : formatCount(value);
}

/** Milliseconds in three digits: `0.04 ms`, `52.1 ms`, `231 ms`, `1.24 s`. */
export function formatMs(ms: number): string {
  const rounded = threeDigits(ms);
  return rounded < 1000 ? `${rounded} ms` : `${threeDigits(ms / 1000)} s`;
}

/** A share of 0 to 1 as a percentage with at most two decimals: `99.5 %`. */
export function formatRatio(ratio: number): string {
  const percent = Math.round(ratio * 10_000) / 100;
  // One failure in a hundred thousand must not round to 100 %.
  return `${percent === 100 && ratio < 1 ? 99.99 : percent} %`;
}

/** A whole number with its thousands set apart: `12,400`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** A rate or mean: whole above 100, else three digits. */
export function formatRate(rate: number): string {
  return rate < 100 ? String(threeDigits(rate)) : formatCount(rate);
}

/** Bytes in three digits, by thousands as rates are counted: `812 B`, `1.24 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${threeDigits(bytes)} B`;
  return bytes < 1_000_000 ? `${threeDigits(bytes / 1000)} kB` : `${threeDigits(bytes / 1e6)} MB`;
}

/** Seconds in three digits: `30 s`. */
export function formatSec(sec: number): string {
  return `${threeDigits(sec)} s`;
}

/** A count with its noun: `1 stream`, `1,204 streams`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function threeDigits(value: number): number {
  if (Math.abs(value) < 1) return Math.round(value * 100) / 100;
  return Math.abs(value) < 100 ? Number(value.toPrecision(3)) : Math.round(value);
}
