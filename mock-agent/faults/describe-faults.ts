import { z } from 'zod';

import { entryKeys, faults } from './all-faults.ts';
import { exampleOf, keysOf } from './example.ts';
import type { Fault } from './fault.ts';

/** A setting of a fault. */
interface FaultSetting {
  name: string;
  /** Absent where the setting has no default. */
  default?: unknown;
  /** The allowed values, where they are few. */
  choices?: readonly unknown[];
}

/** A fault for people who choose one. */
export interface FaultDescription extends Pick<Fault, 'name' | 'of' | 'agentDoes' | 'clientSees'> {
  /** Other names, each with the settings that it stands for. */
  aliases: Readonly<Record<string, unknown>>;
  settings: FaultSetting[];
  /** Values that a request may name, the shortest first. */
  examples: (string | Record<string, unknown>)[];
}

/** Returns every fault, for lists and menus. */
export function describeFaults(): FaultDescription[] {
  return faults.map((fault) => {
    const { name, of, agentDoes, clientSees, aliases = {} } = fault;
    const does = agentDoes === undefined ? {} : { agentDoes };
    const settings = settingsOf(fault);
    return { name, aliases, of, ...does, clientSees, settings, examples: exampleChoices(fault) };
  });
}

const mapSchema = z.object({
  properties: z
    .record(
      z.string(),
      z.object({
        default: z.unknown().optional(),
        enum: z.array(z.unknown()).optional(),
        type: z.unknown().optional(),
      }),
    )
    .default({}),
});

function settingsOf({ settings }: Fault): FaultSetting[] {
  const { properties } = mapSchema.parse(z.toJSONSchema(settings, { io: 'input' }));
  return Object.entries(properties).map(([name, property]) => {
    const choices = property.type === 'boolean' ? [false, true] : property.enum;
    return {
      name,
      ...(property.default === undefined ? {} : { default: property.default }),
      ...(choices === undefined ? {} : { choices }),
    };
  });
}

/** Returns settings of a fault to show people, the shortest first. */
function examplesOf({ settings, examples = [exampleOf(settings)] }: Fault): readonly unknown[] {
  return examples;
}

/** Returns valid settings of a fault, for messages; undefined for an unknown fault. */
export function exampleSettings(name: string): unknown {
  const fault = entryKeys.get(name)?.fault;
  return fault && examplesOf(fault)[0];
}

function exampleChoices(fault: Fault): (string | Record<string, unknown>)[] {
  const entries = examplesOf(fault)
    .filter((example) => !isEmpty(example))
    .map((example) => ({ [fault.name]: example }));
  return [fault.name, ...entries];
}

function isEmpty(settings: unknown): boolean {
  return typeof settings === 'object' && settings !== null && Object.keys(settings).length === 0;
}

/** Returns the allowed keys of a fault's settings. */
export function settingsKeys(name: string): string[] {
  const fault = entryKeys.get(name)?.fault;
  return fault === undefined ? [] : keysOf(fault.settings);
}

/** Formats a value in YAML's flow style: `{ at: start, for: 2s }`. */
export function toFlowStyle(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${toFlowStyle(inner)}`)
    .join(', ')} }`;
}
