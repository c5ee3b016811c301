const unitsInBytes: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 * 1024 };

const sizeNotation = /^(\d+(?:\.\d+)?)(B|KiB|MiB)$/;

export const sizeMistake = 'a size is a number with the unit B, KiB or MiB, such as 64KiB or 1MiB';

/** Returns bytes, which may be a fraction; NaN if the text is not a size. */
export function parseSize(text: string): number {
  const [, amount = '', unit = ''] = sizeNotation.exec(text) ?? [];
  return Number(amount) * (unitsInBytes[unit] ?? Number.NaN);
}

/** Formats whole bytes in the largest unit that needs no fraction: `1MiB`, `1000B`. */
export function formatSize(bytes: number): string {
  const unit = ['MiB', 'KiB'].find((each) => bytes % (unitsInBytes[each] ?? 1) === 0) ?? 'B';
  return `${bytes / (unitsInBytes[unit] ?? 1)}${unit}`;
}
