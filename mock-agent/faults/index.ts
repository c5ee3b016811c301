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
import { quirk } from './wire/quirk.ts';

/** All faults; docs/faults.md describes how to add one. */
const allFaults = [
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
  // First of the wire faults: it leaves no stream for the others.
  httpStatus,
  contentType,
  ...cutFaults,
  ...eventFaults,
  ...frameFaults,
  noPings,
  quirk,
] as const;

export const faults: readonly Fault[] = allFaults;

/** For messages about an unknown fault. */
export const faultNames: readonly string[] = faults.map(({ name }) => name);

/** The optional settings of each fault by name; an entry has exactly one of them. */
type Settings = {
  [F in (typeof allFaults)[number] as F['name']]: z.ZodOptional<F['settings']>;
};

// Object.fromEntries loses the types of the single keys.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const settingsByName = Object.fromEntries(
  allFaults.map((fault) => [fault.name, fault.settings.optional()]),
) as Settings;

/** A fault with its settings: plain data, which can be sent to another thread. */
export interface PlannedFault extends Pick<Fault, 'name' | 'of'> {
  /** From 0 to 1, drawn independently for each fault and stream. */
  probability: number;
  /** Strikes only the first requests of each key, up to this number; infinite by default. */
  first: number;
  /** The output of the fault's schema. */
  settings: unknown;
}

const byName: ReadonlyMap<string, Fault> = new Map(faults.map((fault) => [fault.name, fault]));

/** Returns settings of a fault to show people, the shortest first. */
function examplesOf({ settings, examples = [exampleOf(settings)] }: Fault): readonly unknown[] {
  return examples;
}

/** Returns valid settings of a fault, for messages; undefined for an unknown fault. */
export function exampleSettings(name: string): unknown {
  const fault = byName.get(name);
  return fault && examplesOf(fault)[0];
}

/** Returns values of a fault to choose from, as a request names it: its name alone, or an entry. */
export function exampleChoices(fault: Fault): (string | Record<string, unknown>)[] {
  return examplesOf(fault).map((example) =>
    isEmpty(example) ? fault.name : { [fault.name]: example },
  );
}

function isEmpty(settings: unknown): boolean {
  return typeof settings === 'object' && settings !== null && Object.keys(settings).length === 0;
}

/** Returns the allowed keys of a fault's settings. */
export function settingsKeys(name: string): string[] {
  const fault = byName.get(name);
  return fault === undefined ? [] : keysOf(fault.settings);
}

/** Applies a fault to a stream; returns undefined if the stream ends before the place of the fault. */
export function applyFault(
  { name, settings }: PlannedFault,
  stream: PlannedStream,
): PlannedStream | undefined {
  return byName.get(name)?.apply(stream, settings);
}

/** Whether a fault declares a trait. */
export function hasTrait({ name }: Pick<PlannedFault, 'name'>, trait: Trait): boolean {
  return traitsOf(name).includes(trait);
}

function traitsOf(name: string): readonly Trait[] {
  return byName.get(name)?.traits ?? [];
}

/** Returns the faults of a list that contradict other faults in it, with the reason. */
export function contradictionsAmong(
  list: readonly Omit<PlannedFault, 'settings'>[],
): Contradiction[] {
  return contradictions(list.map((fault) => ({ ...fault, traits: traitsOf(fault.name) })));
}

/** Returns how many characters or chunks a fault adds to a stream. */
export function sizeOfFault({ name, settings }: PlannedFault): number {
  return byName.get(name)?.adds?.(settings) ?? 0;
}

const frequencySchema = z.object({
  probability: percentageSchema.prefault('100%'),
  first: z.int().min(1).optional(),
});

/** An entry of `faults:`: the name of one fault with its settings, and how often it strikes. */
export const faultSchema = z
  .strictObject({ ...frequencySchema.shape, ...settingsByName })
  .superRefine((entry, { issues }) => {
    const [fault, other] = namedIn(entry);
    if (fault !== undefined && other === undefined) return;
    // The unknown key is probably a misspelt fault, so its own problem is enough.
    if (fault === undefined && issues.some(({ code }) => code === 'unrecognized_keys')) return;
    const message =
      fault === undefined
        ? `an entry names a fault with its settings; there are ${faultNames.join(', ')}`
        : `an entry names one fault, not both ${fault.name} and ${other?.name}; give each its own`;
    issues.push({ code: 'custom', input: entry, path: [], message });
  }, besideProblems)
  .transform((entry): PlannedFault => {
    const [fault] = namedIn(entry);
    return fault === undefined ? z.NEVER : plannedFault(fault, entry[fault.name], entry);
  });

/** Returns the faults that an entry names, in the order of `allFaults`. */
function namedIn(entry: object): (typeof allFaults)[number][] {
  return allFaults.filter(({ name }) => Reflect.get(entry, name) !== undefined);
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

/** The name alone of a fault that needs no settings; it always strikes. */
const namedFaultSchema = z
  .enum(faults.flatMap(({ name, settings }) => (settings.safeParse({}).success ? [name] : [])))
  .transform((name, context) => {
    const fault = faults.find((each) => each.name === name);
    if (fault !== undefined) return plannedFault(fault, fault.settings.parse({}), {});
    context.addIssue({ code: 'custom', message: `there is no ${name}` });
    return z.NEVER;
  });

/** Formats a map in YAML's flow style: `{ at: start, for: 2s }`. */
function toFlowStyle(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${toFlowStyle(inner)}`)
    .join(', ')} }`;
}

const listedFaultSchema = z.union([namedFaultSchema, faultSchema], {
  error: ({ input }) =>
    faults.some(({ name }) => name === input)
      ? `this fault needs settings: write ${String(input)}: ${toFlowStyle(exampleSettings(String(input)))} (docs/faults.md)`
      : `write the name of a fault, or one with its settings; there are ${faultNames.join(', ')}`,
});

/** The input form of an entry: the name of one fault with its settings. */
export type FaultEntry = z.input<typeof faultSchema>;

/** The faults of a behaviour. A contradiction is rejected with the reason. */
export const faultsSchema = z.array(listedFaultSchema).superRefine((list, { issues }) => {
  if (!Array.isArray(list)) return;
  const entries = list.map((entry, index) => ({ fault: readFault(entry), index }));
  const named = entries.flatMap(({ fault, index }) => (fault ? [{ ...fault, index }] : []));
  for (const { index, message } of contradictionsAmong(named)) {
    issues.push({ code: 'custom', input: list, path: [named[index]?.index ?? index], message });
  }
}, besideProblems);

/** Returns the fault of an entry without its settings, which may be invalid; such an entry is unparsed. */
function readFault(entry: unknown): Omit<PlannedFault, 'settings'> | undefined {
  if (typeof entry !== 'object' || entry === null) {
    const fault = byName.get(String(entry));
    return fault && plannedFault(fault, {}, {});
  }
  if (isPlanned(entry)) return entry;
  const [fault, other] = namedIn(entry);
  if (fault === undefined || other !== undefined) return undefined;
  const { data: frequency } = frequencySchema.safeParse(entry);
  // An invalid probability must not count as "always".
  return plannedFault(fault, {}, frequency ?? { probability: 0 });
}

function isPlanned(entry: object): entry is PlannedFault {
  return 'of' in entry;
}

/**
 * Sorts faults into the order in which they apply, with their index in the list, which is the address of
 * their draw. The agent's faults come first, in the order of the list, each applied to the result of the
 * ones before it. Wire faults apply to the stream that the agent sends.
 */
export function inOrderOfApplication(
  list: readonly PlannedFault[],
): { fault: PlannedFault; index: number }[] {
  const rank = ({ name, of }: PlannedFault) =>
    of === 'agent' ? 0 : faults.findIndex((fault) => fault.name === name);
  return list
    .map((fault, index) => ({ fault, index }))
    .toSorted((a, b) => rank(a.fault) - rank(b.fault));
}
