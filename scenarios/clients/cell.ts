import type { Observation, Outcome } from './observation.ts';

/** What a client made of a case, and whether that is good. */
export interface Cell extends Observation {
  case: string;
  /** The fault of a healthy stream; null for a scenario of the catalogue. */
  fault: string | null;
  /** What a good client may make of it. */
  accepted: readonly Outcome[];
  /** The outcome in the list of known cells; null where it has none. */
  known: Outcome | null;
  /** `known` for a cell that is not good, but as listed. */
  verdict: 'good' | 'known' | 'bad';
}

/** Judges an observation. A cell that is listed must be as it is listed, or good. */
export function judgeCell(
  observation: Observation,
  { accepted, known }: Pick<Cell, 'accepted' | 'known'>,
): Cell['verdict'] {
  if (accepted.includes(observation.outcome) && !observation.tooEarly) return 'good';
  return observation.outcome === known ? 'known' : 'bad';
}

/** Returns the sentence about a cell that is not good. */
export function describeCell({ outcome, accepted, known, error, retries, tooEarly }: Cell): string {
  const words: string[] = [outcome];
  if (error !== null) words.push(error);
  if (retries === 'for ever') words.push('retries for ever');
  else if (retries > 0) words.push(`${retries} ${retries === 1 ? 'retry' : 'retries'}`);
  if (tooEarly) words.push('earlier than Retry-After');
  const expected = known === null ? accepted.join(' or ') : `${known} (known)`;
  return `${words.join(', ')}; expected ${expected}`;
}

/** Counts of the cells. */
export function countCells(cells: readonly Cell[]): Record<Cell['verdict'], number> {
  const count = (verdict: Cell['verdict']) =>
    cells.filter((cell) => cell.verdict === verdict).length;
  return { good: count('good'), known: count('known'), bad: count('bad') };
}
