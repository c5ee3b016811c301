/**
 * The smallest of 1, 2 and 5 times a power of ten that is not less than `atLeast`.
 *
 * Steps that people can read off an axis: histogram bins and axis ticks are cut by them.
 *
 * @param atLeast above 0
 */
export function niceStep(atLeast: number): number {
  const power = Math.floor(Math.log10(atLeast));
  const digits = [1, 2, 5, 10];
  // The slack forgives a step that is already nice but came out of a division a hair too large.
  const digit = digits.find((digit) => digit * 10 ** power >= atLeast * (1 - 1e-9)) ?? 10;
  return multipleOf(10 ** power, digit);
}

/** `step * count` without the dust of binary fractions: three steps of 0.1 are 0.3. */
export function multipleOf(step: number, count: number): number {
  return Number((step * count).toPrecision(12));
}
