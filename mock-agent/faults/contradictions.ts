import type { Trait } from './fault.ts';

/** A fault as the rules about combinations see it. */
interface ListedFault {
  name: string;
  traits: readonly Trait[];
  probability: number;
  first: number;
}

export interface Contradiction {
  /** Where in the list the entry stands that should go. */
  index: number;
  message: string;
}

/** Returns the entries of one list of faults that contradict others, with the reason. */
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
        `one stream cannot have both ${first} and ${second}: they lay its events on the wire in different ways; put them into different cases`,
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

/** A refusal that always strikes leaves nothing for the other entries of the list. */
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
  chosen: readonly ListedFault[],
  list: readonly ListedFault[],
  message: (first: string, second: string) => string,
): Contradiction[] {
  const [first, second] = chosen;
  if (first === undefined || second === undefined) return [];
  return [{ index: list.indexOf(second), message: message(first.name, second.name) }];
}

/** The gateway waits a second for the agent's first response, then sends the headers of the stream. */
function afterDelayedHeaders(list: readonly ListedFault[]): Contradiction[] {
  return besideOther(
    list,
    has('changesTheHeaders'),
    has('delaysTheHeaders'),
    (changing, delaying) =>
      `${changing} cannot follow ${delaying}: the gateway may have sent the headers before the agent could tell it of a fault that changes them; put them into different cases`,
  );
}

/** Events that wait for later ones, or for the end, never come: a client's view is undefined. */
function heldBackForEver(list: readonly ListedFault[]): Contradiction[] {
  return besideOther(
    list,
    has('holdsBack'),
    has('neverEnds'),
    (holding, endless) =>
      `${holding} cannot go with ${endless}: what it holds back would never come; put them into different cases`,
  );
}

/** The first entry of one kind, where the list has one of another kind too. */
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
