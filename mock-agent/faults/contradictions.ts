/** What has to be known of a fault to tell whether it goes together with others. */
interface ListedFault {
  name: string;
  of: 'agent' | 'wire';
  probability: number;
  first: number;
}

export interface Contradiction {
  /** Where in the list the entry stands that should go. */
  index: number;
  message: string;
}

const cuts = new Set(['dropConnection', 'resetConnection', 'truncate']);
const layouts = new Set(['tornFrames', 'gluedFrames', 'bufferedBody']);

/** Entries of one list of faults that cannot be had together, with the reason. */
export function contradictions(list: readonly ListedFault[]): Contradiction[] {
  return [
    ...leftWithoutStream(list),
    ...secondOf(
      list.filter((fault) => cuts.has(fault.name) && alwaysStrikes(fault)),
      list,
      (first, second) =>
        `${first} always strikes here and a stream is cut once, so ${second} never would; give ${first} a probability or leave one out`,
    ),
    ...secondOf(
      list.filter(({ name }) => layouts.has(name)),
      list,
      (first, second) =>
        `one stream cannot have both ${first} and ${second}: they lay its events on the wire in different ways; put them into different cases`,
    ),
    ...afterSlowAccept(list),
    ...heldBackForEver(list),
  ];
}

function alwaysStrikes({ probability, first }: ListedFault): boolean {
  return probability === 1 && first === Number.POSITIVE_INFINITY;
}

/** A refusal that always strikes makes every other entry of the list idle. */
function leftWithoutStream(list: readonly ListedFault[]): Contradiction[] {
  const refusal = list.find(
    (fault) => ['refuse', 'httpStatus'].includes(fault.name) && alwaysStrikes(fault),
  );
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

const ofHeaders = new Set(['httpStatus', 'contentType', 'bufferedBody']);

/** The gateway waits a second for the agent's first sign of life, then sends the headers of the stream. */
function afterSlowAccept(list: readonly ListedFault[]): Contradiction[] {
  const index = list.findIndex(({ name }) => ofHeaders.has(name));
  if (index < 0 || !list.some(({ name }) => name === 'slowAccept')) return [];
  return [
    {
      index,
      message: `${list[index]?.name} cannot follow slowAccept: the gateway may have sent the headers before the agent could tell it of a fault that changes them; put them into different cases`,
    },
  ];
}

/** What is held back until more comes, or until the end, would never come: nobody could say what a client saw. */
function heldBackForEver(list: readonly ListedFault[]): Contradiction[] {
  const index = list.findIndex(({ name }) => name === 'gluedFrames' || name === 'bufferedBody');
  if (index < 0 || !list.some(({ name }) => name === 'silence')) return [];
  return [
    {
      index,
      message: `${list[index]?.name} cannot go with silence: what it holds back would never come; put them into different cases`,
    },
  ];
}
