/** The longest delay of setTimeout, a little under 25 days. */
export const longestMs = 2 ** 31 - 1;

const unitsInMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

export const durationNotation = /^(?:0|(\d+(?:\.\d+)?)(ms|s|m))$/;

export const durationMistakes = {
  notation: 'a duration is a number with the unit ms, s or m, such as 300ms, 2s or 1m',
  tooLong: 'a duration is at most 24 days',
} as const;

/** Returns milliseconds; NaN if the text is not a duration. Only 0 needs no unit. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const [, amount = '', unit = ''] = durationNotation.exec(text) ?? [];
  return Number(amount) * (unitsInMs[unit] ?? Number.NaN);
}

/** Formats milliseconds in the largest unit that needs no fraction: `50ms`, `15s`, `2m`, `0`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0';
  const unit = ['m', 's'].find((each) => ms % (unitsInMs[each] ?? 1) === 0) ?? 'ms';
  return `${ms / (unitsInMs[unit] ?? 1)}${unit}`;
}
