import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { percentageSchema } from '../../proto/notation/percentage.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { finalTwice, textAfterFinal } from './after-final.ts';
import { burst } from './burst.ts';
import { contradictions, type Contradiction } from './contradictions.ts';
import { crash, down } from './connection.ts';
import { errorField } from './error-field.ts';
import { errorStatus } from './error-status.ts';
import { emptyChunks, hugeChunk } from './extra-chunks.ts';
import { exampleOf, keysOf } from './example.ts';
import type { Fault, Trait } from './fault.ts';
import { noFinal } from './no-final.ts';
import { refuse } from './refuse.ts';
import { silence } from './silence.ts';
import { slowAccept } from './slow-accept.ts';
import { stall } from './stall.ts';
import { trickle } from './trickle.ts';
import { contentType } from './wire/content-type.ts';
import { cutFaults } from './wire/cut.ts';
import { eventFaults } from './wire/events.ts';
import { frameFaults } from './wire/frames.ts';
import { httpStatus } from './wire/http-status.ts';
import { noPings } from './wire/no-pings.ts';

/** Every fault there is; to add one, see docs/faults.md. */
const known = [
  refuse,
  slowAccept,
  errorStatus,
  errorField,
  stall,
  silence,
  trickle,
  burst,
  noFinal,
  finalTwice,
  textAfterFinal,
  emptyChunks,
  hugeChunk,
  crash,
  down,
  // First among those of the wire: it leaves no stream for the others.
  httpStatus,
  contentType,
  ...cutFaults,
  ...eventFaults,
  ...frameFaults,
  noPings,
] as const;

export const faults: readonly Fault[] = known;

/** Every fault by its name, for messages about a mistaken one. */
export const faultNames: readonly string[] = faults.map(({ name }) => name);

/** The settings of every fault by its name: an entry has those of one. */
type Settings = {
  [F in (typeof known)[number] as F['name']]: z.ZodOptional<F['settings']>;
};

// Object.fromEntries forgets which value belongs to which name.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const settings = Object.fromEntries(
  known.map((fault) => [fault.name, fault.settings.optional()]),
) as Settings;

/** A fault as a scenario sets it: plain data, which can be sent to another thread. */
export interface PlannedFault extends Pick<Fault, 'name' | 'of'> {
  /** From 0 to 1: an independent draw for each fault and each stream. */
  probability: number;
  /** It strikes only so many times at the requests of one key; infinite where it is left out. */
  first: number;
  /** As the schema of the fault returns them. */
  settings: unknown;
}

const byName: ReadonlyMap<string, Fault> = new Map(faults.map((fault) => [fault.name, fault]));

/** Returns settings that a fault takes, for messages; undefined where there is no such fault. */
export function exampleSettings(name: string): unknown {
  const fault = byName.get(name);
  return fault && exampleOf(fault.settings);
}

/** Returns the keys that the settings of a fault may have. */
export function settingsKeys(name: string): string[] {
  const fault = byName.get(name);
  return fault === undefined ? [] : keysOf(fault.settings);
}

/** Returns the stream that a fault makes of one; undefined where that ends before the fault could strike. */
export function strikeWith(
  { name, settings: chosen }: PlannedFault,
  stream: PlannedStream,
): PlannedStream | undefined {
  return byName.get(name)?.apply(stream, chosen);
}

/** Whether a fault, by its name, declares a trait. */
export function hasTrait({ name }: Pick<PlannedFault, 'name'>, trait: Trait): boolean {
  return traitsOf(name).includes(trait);
}

function traitsOf(name: string): readonly Trait[] {
  return byName.get(name)?.traits ?? [];
}

/** Returns the faults of a list that contradict others of it, with the reason. */
export function contradictionsAmong(
  list: readonly Omit<PlannedFault, 'settings'>[],
): Contradiction[] {
  return contradictions(list.map((fault) => ({ ...fault, traits: traitsOf(fault.name) })));
}

/** How many characters or chunks a fault adds to a stream. */
export function sizeOfFault({ name, settings: chosen }: PlannedFault): number {
  return byName.get(name)?.adds?.(chosen) ?? 0;
}

const oftenSchema = z.object({
  probability: percentageSchema.prefault('100%'),
  first: z.int().min(1).optional(),
});

/** An entry of `faults:`: one fault by its name with its settings, how often and how long it strikes. */
export const faultSchema = z
  .strictObject({ ...oftenSchema.shape, ...settings })
  .superRefine((entry, { issues }) => {
    const [fault, other] = namedBy(entry);
    if (fault !== undefined && other === undefined) return;
    // An unknown key is more likely a misspelt fault than one beside none.
    if (fault === undefined && issues.some(({ code }) => code === 'unrecognized_keys')) return;
    const message =
      fault === undefined
        ? `an entry names a fault with its settings; there are ${faultNames.join(', ')}`
        : `an entry names one fault, not both ${fault.name} and ${other?.name}; give each its own`;
    issues.push({ code: 'custom', input: entry, path: [], message });
  }, besideProblems)
  .transform((entry): PlannedFault => {
    const [fault] = namedBy(entry);
    return fault === undefined ? z.NEVER : plannedFault(fault, entry[fault.name], entry);
  });

/** The faults that an entry sets, in the order of the list of all. */
function namedBy(entry: object): (typeof known)[number][] {
  return known.filter(({ name }) => Reflect.get(entry, name) !== undefined);
}

function plannedFault(
  fault: Fault,
  settings: unknown,
  {
    probability = 1,
    first = Number.POSITIVE_INFINITY,
  }: { probability?: number; first?: number | undefined },
): PlannedFault {
  return {
    name: fault.name,
    of: fault.of,
    probability,
    first,
    settings,
  };
}

/** A fault that needs no settings, by its name alone: it always strikes. */
const namedFaultSchema = z
  .enum(faults.flatMap(({ name, settings }) => (settings.safeParse({}).success ? [name] : [])))
  .transform((name, context) => {
    const fault = faults.find((each) => each.name === name);
    if (fault !== undefined) return plannedFault(fault, fault.settings.parse({}), {});
    context.addIssue({ code: 'custom', message: `there is no ${name}` });
    return z.NEVER;
  });

/** A map as people write it in YAML: `{ at: start, for: 2s }`. */
function toFlow(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${toFlow(inner)}`)
    .join(', ')} }`;
}

const listedFaultSchema = z.union([namedFaultSchema, faultSchema], {
  error: ({ input }) =>
    faults.some(({ name }) => name === input)
      ? `this fault needs settings: write ${String(input)}: ${toFlow(exampleSettings(String(input)))} (docs/faults.md)`
      : `write the name of a fault, or one with its settings; there are ${faultNames.join(', ')}`,
});

/** An entry with its settings as it is written: one fault by its name. */
export type FaultEntry = z.input<typeof faultSchema>;

/** The faults of a behaviour; what contradicts itself is refused with the reason. */
export const faultsSchema = z.array(listedFaultSchema).superRefine((list, { issues }) => {
  if (!Array.isArray(list)) return;
  const listed = list.map((entry, index) => ({ fault: asListed(entry), index }));
  const named = listed.flatMap(({ fault, index }) => (fault ? [{ ...fault, index }] : []));
  for (const { index, message } of contradictionsAmong(named)) {
    issues.push({ code: 'custom', input: list, path: [named[index]?.index ?? index], message });
  }
}, besideProblems);

/** What an entry says of its fault even where its settings are wrong, and it is as it was written. */
function asListed(entry: unknown): Omit<PlannedFault, 'settings'> | undefined {
  if (typeof entry !== 'object' || entry === null) {
    const fault = byName.get(String(entry));
    return fault && plannedFault(fault, {}, {});
  }
  if (isPlanned(entry)) return entry;
  const [fault, other] = namedBy(entry);
  if (fault === undefined || other !== undefined) return undefined;
  const { data: often } = oftenSchema.safeParse(entry);
  // It is not known to strike always where its share cannot be read.
  return plannedFault(fault, {}, often ?? { probability: 0 });
}

function isPlanned(entry: object): entry is PlannedFault {
  return 'of' in entry;
}

/**
 * Faults with their place in the list, which addresses their draw. Those of the agent come first, as
 * they are listed, each at what those before it left of the stream; then those of the wire, which
 * have the stream as the agent will send it.
 */
export function inOrderOfStriking(
  list: readonly PlannedFault[],
): { fault: PlannedFault; index: number }[] {
  const rank = ({ name, of }: PlannedFault) =>
    of === 'agent' ? 0 : faults.findIndex((fault) => fault.name === name);
  return list
    .map((fault, index) => ({ fault, index }))
    .toSorted((a, b) => rank(a.fault) - rank(b.fault));
}
