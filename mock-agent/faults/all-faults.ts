import { finalTwice, textAfterFinal } from './agent/after-final.ts';
import { burst } from './agent/burst.ts';
import { crash, down } from './agent/connection.ts';
import { errorField } from './agent/error-field.ts';
import { errorStatus } from './agent/error-status.ts';
import { emptyChunks, hugeChunk } from './agent/extra-chunks.ts';
import { hold } from './agent/hold.ts';
import { noFinal } from './agent/no-final.ts';
import { refuse } from './agent/refuse.ts';
import { silence } from './agent/silence.ts';
import { slowAccept } from './agent/slow-accept.ts';
import { stall } from './agent/stall.ts';
import { trickle } from './agent/trickle.ts';
import { contentType } from './wire/content-type.ts';
import { cutFaults } from './wire/cut.ts';
import { eventFaults } from './wire/events.ts';
import { frameFaults } from './wire/frames.ts';
import { httpStatus } from './wire/http-status.ts';
import { noPings } from './wire/no-pings.ts';
import { quirk } from './wire/quirk.ts';
import type { Fault } from './fault.ts';

/** All faults; docs/faults.md describes how to add one. */
const allFaults = [
  refuse,
  slowAccept,
  errorStatus,
  errorField,
  stall,
  silence,
  hold,
  trickle,
  burst,
  noFinal,
  finalTwice,
  textAfterFinal,
  emptyChunks,
  hugeChunk,
  crash,
  down,
  // First of the wire faults: it leaves no stream for the others.
  httpStatus,
  contentType,
  ...cutFaults,
  ...eventFaults,
  ...frameFaults,
  noPings,
  quirk,
] as const;

/** The type of each fault, with its name and its settings. */
export type KnownFault = (typeof allFaults)[number];

export const faults: readonly Fault[] = allFaults;

/** By name and by alias, with the settings that the alias stands for. */
const byWord: ReadonlyMap<string, { fault: Fault; settings: unknown }> = new Map(
  faults.flatMap((fault) => [
    [fault.name, { fault, settings: {} }] as const,
    ...Object.entries(fault.aliases ?? {}).map(
      ([alias, settings]) => [alias, { fault, settings }] as const,
    ),
  ]),
);

export const faultNames: readonly string[] = faults.map(({ name }) => name);

/** The words that stand for a fault with its default settings: names first, then aliases. */
export const faultWords: readonly string[] = [
  ...faultNames,
  ...[...byWord.keys()].filter((word) => !faultNames.includes(word)),
];

/**
 * The keys by which an entry may name a fault, each with the settings that it stands for: names, and aliases
 * that are words. A status is a setting of its fault instead.
 */
export const entryKeys: ReadonlyMap<string, { fault: Fault; settings: unknown }> = new Map(
  [...byWord].filter(([word]) => !/^\d+$/.test(word)),
);

/** Returns the fault and the settings that a word stands for, as they are written; undefined for none. */
export const faultOfWord = (word: string) => byWord.get(word);

/** Returns the fault with a name; undefined for an alias and for an unknown name. */
export function faultNamed(name: string): Fault | undefined {
  const { fault } = byWord.get(name) ?? {};
  return fault?.name === name ? fault : undefined;
}

/** Returns the fault that a name or an alias stands for, with its parsed settings. */
export function faultFor(word: string): { fault: Fault; settings: unknown } | undefined {
  const { fault, settings } = byWord.get(word) ?? {};
  return fault && { fault, settings: fault.settings.parse(settings) };
}
