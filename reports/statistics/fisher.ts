/** So many streams of so many. */
export interface Share {
  count: number;
  of: number;
}

/** How likely chance alone may make a count worse, for it to be called chance. */
const byChance = 0.001;

/** Fisher's exact test, one-sided: whether `more` has a larger share than chance gives it, had both the same. */
export function isMoreThanChance(less: Share, more: Share): boolean {
  const count = less.count + more.count;
  const logFactorial = logFactorials(less.of + more.of);
  const logChoose = (from: number, chosen: number) =>
    (logFactorial[from] ?? 0) - (logFactorial[chosen] ?? 0) - (logFactorial[from - chosen] ?? 0);
  const logAll = logChoose(less.of + more.of, count);
  let chance = 0;
  for (let ofMore = more.count; ofMore <= Math.min(count, more.of); ofMore += 1) {
    if (count - ofMore > less.of) continue;
    chance += Math.exp(logChoose(more.of, ofMore) + logChoose(less.of, count - ofMore) - logAll);
  }
  return chance < byChance;
}

function logFactorials(most: number): Float64Array {
  const logs = new Float64Array(most + 1);
  for (let value = 1; value <= most; value += 1)
    logs[value] = (logs[value - 1] ?? 0) + Math.log(value);
  return logs;
}
