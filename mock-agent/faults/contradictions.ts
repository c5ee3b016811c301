import type { Trait } from './fault.ts';

/** The properties of a fault that the rules about combinations read. */
interface ListedFault {
  name: string;
  traits: readonly Trait[];
  probability: number;
  first: number;
}

export interface Contradiction {
  /** The index in the list of the entry to remove. */
  index: number;
  message: string;
}

/** Returns the entries of a list of faults that contradict other entries, with the reason. */
export function contradictions(list: readonly ListedFault[]): Contradiction[] {
  return [
    ...leftWithoutStream(list),
    ...secondOf(
      list.filter((fault) => has('cutsTheWire')(fault) && alwaysStrikes(fault)),
      list,
      (first, second) =>
        `${first} always strikes here and a stream is cut once, so ${second} never would; give ${first} a probability or leave one out`,
    ),
    ...secondOf(
      list.filter(has('laysOutTheWire')),
      list,
      (first, second) =>
        `one stream cannot have both ${first} and ${second}: both change how its events are written; choose one, or put them into different cases`,
    ),
    ...afterDelayedHeaders(list),
    ...heldBackForEver(list),
  ];
}

function has(trait: Trait): (fault: ListedFault) => boolean {
  return ({ traits }) => traits.includes(trait);
}

function alwaysStrikes({ probability, first }: ListedFault): boolean {
  return probability === 1 && first === Number.POSITIVE_INFINITY;
}

/** A refusal that always strikes leaves no stream for the other entries. */
function leftWithoutStream(list: readonly ListedFault[]): Contradiction[] {
  const refusal = list.find((fault) => has('takesTheStream')(fault) && alwaysStrikes(fault));
  const idle = list.findIndex((fault) => fault !== refusal);
  if (refusal === undefined || idle < 0) return [];
  return [
    {
      index: idle,
      message: `${refusal.name} always strikes here and leaves no stream for ${list[idle]?.name}; give it a probability or leave one out`,
    },
  ];
}

function secondOf(
  candidates: readonly ListedFault[],
  list: readonly ListedFault[],
  message: (first: string, second: string) => string,
): Contradiction[] {
  const [first, second] = candidates;
  if (first === undefined || second === undefined) return [];
  return [{ index: list.indexOf(second), message: message(first.name, second.name) }];
}

/** A gateway sends the headers of a stream after a second, however late the agent plans to respond. */
function afterDelayedHeaders(list: readonly ListedFault[]): Contradiction[] {
  return besideOther(
    list,
    has('changesTheHeaders'),
    has('delaysTheHeaders'),
    (changing, delaying) =>
      `${changing} cannot follow ${delaying}: the gateway may send the headers before the agent can request a fault that changes them; choose one, or put them into different cases`,
  );
}

/** Without later events and without an end, held-back events never arrive: the outcome is undefined. */
function heldBackForEver(list: readonly ListedFault[]): Contradiction[] {
  return besideOther(
    list,
    has('holdsBack'),
    has('neverEnds'),
    (holding, endless) =>
      `${holding} cannot be combined with ${endless}: the events that it holds back would never arrive; choose one, or put them into different cases`,
  );
}

/** Reports the first entry that matches `isWrong` if another one matches `isOther`. */
function besideOther(
  list: readonly ListedFault[],
  isWrong: (fault: ListedFault) => boolean,
  isOther: (fault: ListedFault) => boolean,
  message: (wrong: string, other: string) => string,
): Contradiction[] {
  const wrong = list.find(isWrong);
  const other = list.find(isOther);
  if (wrong === undefined || other === undefined) return [];
  return [{ index: list.indexOf(wrong), message: message(wrong.name, other.name) }];
}
