import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { percentageSchema } from '../../proto/notation/percentage.ts';
import type { PlannedStream } from '../planned-stream.ts';
import {
  entryKeys,
  faultFor,
  faultNamed,
  faults,
  faultWords,
  type KnownFault,
} from './all-faults.ts';
import { contradictions, type Contradiction } from './contradictions.ts';
import type { Fault, Trait } from './fault.ts';

/** The keys by which an entry may name a fault: its name, and its aliases that are words. */
type KeyOf<F> = F extends Fault<z.ZodType, infer N, infer A> ? N | Exclude<A, number> : never;

/** The optional settings of each fault by key; an entry has exactly one of them. */
type Settings = {
  [F in KnownFault as KeyOf<F>]: z.ZodOptional<F['settings']>;
};

// Object.fromEntries loses the types of the single keys.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const settingsByName = Object.fromEntries(
  Array.from(entryKeys, ([key, { fault, settings: defaults }]) => [
    key,
    z
      .preprocess((value) => withDefaults(value, defaults), fault.settings)
      .optional()
      .describe(key === fault.name ? describeFault(fault) : `The same as ${fault.name}.`),
  ]),
) as unknown as Settings;

/** Returns what a fault does, in a sentence for editors of scenarios. */
function describeFault({ agentDoes, clientSees }: Fault): string {
  return agentDoes === undefined ? `The client sees ${clientSees}.` : `The agent ${agentDoes}.`;
}

/** `- stall:` with nothing behind it is a fault with its defaults. Leaves wrong settings to their schema. */
function withDefaults(settings: unknown, defaults: unknown): unknown {
  if (typeof (settings ?? {}) !== 'object' || Array.isArray(settings)) return settings;
  return Object.assign({}, defaults, settings);
}

/** A fault with its settings: plain data, which can be sent to another thread. */
export interface PlannedFault extends Pick<Fault, 'name' | 'of'> {
  /** From 0 to 1, drawn independently for each fault and stream. */
  probability: number;
  /** Strikes only the first requests of each key, up to this number; infinite by default. */
  first: number;
  /** The output of the fault's schema. */
  settings: unknown;
}

/** Applies a fault to a stream; returns undefined if the stream ends before the place of the fault. */
export function applyFault(
  { name, settings }: PlannedFault,
  stream: PlannedStream,
): PlannedStream | undefined {
  return faultNamed(name)?.apply(stream, settings);
}

/** Whether a fault declares a trait. */
export function hasTrait({ name }: Pick<PlannedFault, 'name'>, trait: Trait): boolean {
  return traitsOf(name).includes(trait);
}

function traitsOf(name: string): readonly Trait[] {
  return faultNamed(name)?.traits ?? [];
}

/** Returns the faults of a list that contradict other faults in it, with the reason. */
export function contradictionsAmong(
  list: readonly Omit<PlannedFault, 'settings'>[],
): Contradiction[] {
  return contradictions(list.map((fault) => ({ ...fault, traits: traitsOf(fault.name) })));
}

/** Returns how many characters or chunks a fault adds to a stream. */
export function sizeOfFault({ name, settings }: PlannedFault): number {
  return faultNamed(name)?.adds?.(settings) ?? 0;
}

const frequencySchema = z.object({
  probability: percentageSchema.prefault('100%'),
  first: z.int().min(1).optional(),
});

/** An entry of `faults:`: the name of one fault with its settings, and how often it strikes. */
export const faultSchema = z
  .strictObject({ ...frequencySchema.shape, ...settingsByName })
  .superRefine((entry, { issues }) => {
    const [named, other] = namedIn(entry);
    if (named !== undefined && other === undefined) return;
    // The unknown key is probably a misspelt fault, so its own problem is enough.
    if (named === undefined && issues.some(({ code }) => code === 'unrecognized_keys')) return;
    const message =
      named === undefined
        ? `an entry names a fault with its settings; there are ${faultWords.join(', ')}`
        : `an entry names one fault, not both ${named.key} and ${other?.key}; give each its own`;
    issues.push({ code: 'custom', input: entry, path: [], message });
  }, besideProblems)
  .transform((entry): PlannedFault => {
    const [named] = namedIn(entry);
    return named === undefined
      ? z.NEVER
      : plannedFault(named.fault, Reflect.get(entry, named.key), entry);
  });

/** Returns the faults that an entry names, each with its key there. */
function namedIn(entry: object): { key: string; fault: Fault }[] {
  return [...entryKeys].flatMap(([key, { fault }]) =>
    Reflect.get(entry, key) === undefined ? [] : [{ key, fault }],
  );
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

/** Returns the fault that a name or an alias stands for, which always strikes; undefined if there is none. */
export function faultByWord(word: string): PlannedFault | undefined {
  const { fault, settings } = faultFor(word) ?? {};
  return fault && plannedFault(fault, settings, {});
}

const wordSchema = z.enum(faultWords).transform(plannedByWord);

/** A status in YAML is a number. */
const numberSchema = z
  .literal(faultWords.map(Number).filter((number) => number > 0))
  .transform((status) => plannedByWord(String(status)));

function plannedByWord(word: string): PlannedFault {
  return faultByWord(word) ?? z.NEVER;
}

const listedFaultSchema = z.union([wordSchema, numberSchema, faultSchema], {
  error: `write the name of a fault, or one with its settings; there are ${faultWords.join(', ')}`,
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
  if (typeof entry !== 'object' || entry === null) return faultByWord(String(entry));
  if (isPlanned(entry)) return entry;
  const [named, other] = namedIn(entry);
  if (named === undefined || other !== undefined) return undefined;
  const { data: frequency } = frequencySchema.safeParse(entry);
  // An invalid probability must not count as "always".
  return plannedFault(named.fault, {}, frequency ?? { probability: 0 });
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
