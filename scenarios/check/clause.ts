import type { Judgement } from './judgement.ts';
import type { Numbers } from './numbers.ts';
import type { ProbeName } from './probes.ts';
import type { Seen } from './seen.ts';

/** What a report says of a clause. */
export interface ClauseFacts {
  /** Such as `B3`, or `B3-reading` for what this project reads into it. */
  id: string;
  title: string;
  /** What the specification says, or its Reading. */
  says: string;
  /** The probes that show it, and no others. */
  probes: readonly string[];
}

/**
 * A clause of the specification, and how it is judged.
 * @typeParam Sight what a probe saw: by default, each request to a gateway
 */
export interface Clause<
  Name extends string = ProbeName,
  Sight = readonly Seen[],
> extends ClauseFacts {
  probes: readonly Name[];
  /** @param seen returns what a probe saw */
  judge(seen: (probe: Name) => Sight, numbers: Numbers): Judgement;
}

const readingSuffix = '-reading';

/** Returns the id of the clause that a Reading extends. */
export const extendedBy = ({ id }: Pick<Clause, 'id'>): string => id.replace(readingSuffix, '');

/** Whether a clause is a Reading: who departs from it does not break the specification's own words. */
export const isReading = ({ id }: Pick<Clause, 'id'>): boolean => id.endsWith(readingSuffix);
