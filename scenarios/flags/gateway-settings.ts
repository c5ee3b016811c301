import type { z } from 'zod';

import type { gatewayOptionsSchema } from '../../gateway/options.ts';
import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { callError, isRehearsalError } from '../console/rehearsal-error.ts';
import { optionFacts, type OptionFacts } from './option-facts.ts';
import { parseOption } from './option-values.ts';

type GatewayInput = z.input<typeof gatewayOptionsSchema>;

/** The options that `startRehearsal` sets itself, or that are internal. */
type OwnOptions =
  | 'host'
  | 'port'
  | 'acceptsPerTurn'
  | 'agentAddress'
  | 'agentProto'
  | 'version'
  | 'wireFaults';

/** A duration with its unit, as in a scenario: `300ms`, `2s`, `1.5m`. */
type Duration = `${number}${'ms' | 's' | 'm'}` | 0;

/** A size with its unit: `64KiB`. */
type Size = `${number}${'B' | 'KiB' | 'MiB'}`;

type NameOf<Key extends string> = Key extends `${infer Name}${'Ms' | 'Bytes' | 'Chars' | 'Chunks'}`
  ? Name
  : Key;

type SettingOf<Key extends string, Value> = Key extends `${string}Ms`
  ? Duration
  : Key extends `${string}Bytes`
    ? Size
    : Exclude<Value, null>;

/**
 * The options of the gateway for programs: those of docs/options.md, with durations and sizes as texts with a
 * unit.
 */
export type GatewaySettings = {
  [Key in Exclude<keyof GatewayInput, OwnOptions> as NameOf<Key>]?: SettingOf<
    Key,
    NonNullable<GatewayInput[Key]>
  >;
};

const settings = optionFacts.filter(
  ({ gateway, notInLibrary, agent }) =>
    gateway !== undefined && agent === undefined && notInLibrary !== true,
);

/** The names of the settings, by themselves and by the names in the gateway's schema, such as `pingIntervalMs`. */
export const gatewaySettingNames: ReadonlyMap<string, string> = new Map(
  settings.flatMap(({ name, gateway = name }) => [
    [name, name],
    [gateway, name],
  ]),
);

/**
 * Returns the options of the gateway's schema.
 * @param call the call that has them
 * @throws RehearsalError (usage) with every wrong setting
 */
export function readGatewaySettings(input: GatewaySettings, call: string): Partial<GatewayInput> {
  const problems: string[] = [];
  const options = Object.entries(input).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return [];
    const facts = settings.find((each) => each.name === name);
    if (facts?.gateway === undefined) {
      const names = settings.map((each) => each.name);
      problems.push(`gateway.${name}: there is no such option${didYouMean(name, names)}`);
      return [];
    }
    try {
      return [[facts.gateway, readSetting(facts, value)]];
    } catch (error) {
      if (!isRehearsalError(error, 'argument')) throw error;
      const written = typeof value === 'string' ? quote(value) : JSON.stringify(value);
      problems.push(`gateway.${name}: ${written} is invalid. ${error.message}`);
      return [];
    }
  });
  if (problems.length > 0) throw callError('usage', call, problems);
  return Object.fromEntries(options);
}

/** @throws RehearsalError (argument) with what to write instead */
function readSetting(facts: OptionFacts, value: unknown): unknown {
  // Tokens, which the gateway's schema validates.
  if (facts.name === 'auth' && Array.isArray(value)) return value;
  const isOfType =
    facts.kind === 'number' || facts.kind === 'boolean'
      ? typeof value === facts.kind
      : typeof value === 'string' || (facts.kind === 'duration' && value === 0);
  // An empty text is refused with the words of the option.
  return parseOption(facts, isOfType ? String(value) : '');
}
