/** What a clause's judgement says of what was seen. */
export type Judgement =
  /** @param seen what shows it, in a few words */
  | { is: 'kept'; seen: string }
  | Deviation
  /** What was seen says nothing about this clause. */
  | { is: 'not testable'; reason: string };

/** How what was seen departs from a clause. */
export interface Deviation {
  is: 'departed';
  expected: string;
  seen: string;
  /** The first place that is wrong: a byte of the response's body, or a time after the request. */
  at?: { byte?: number; ms?: number };
  /** The bytes there. */
  excerpt?: string;
}

export const kept = (seen: string): Judgement => ({ is: 'kept', seen });

export const notTestable = (reason: string): Judgement => ({ is: 'not testable', reason });

export const deviation = (facts: Omit<Deviation, 'is'>): Deviation => ({
  is: 'departed',
  ...facts,
});

export const departed = (facts: Omit<Deviation, 'is'>): Judgement => deviation(facts);

/** Returns the first judgement that is not `kept`, in order; `kept` if all are. */
export function firstDeviation(judgements: readonly (Judgement | undefined)[], seen: string) {
  return judgements.find((each) => each !== undefined && each.is !== 'kept') ?? kept(seen);
}
