import type { z } from 'zod';

import { encodeMetadataText } from '../../proto/metadata.ts';
import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { wordIssue, writtenValue } from '../../proto/problems/word-issue.ts';
import { AgentError } from '../agent-error.ts';
import { faultOfWord, entryKeys, faultWords } from './all-faults.ts';
import { exampleSettings, settingsKeys } from './describe-faults.ts';
import { contradictionsAmong, faultByWord, faultSchema, type PlannedFault } from './index.ts';

/**
 * Appends the faults that a request asks for to the faults of a behaviour.
 *
 * @param text names of faults with commas between them (`stall, cut`), entries of `faults` as JSON
 * (`{"stall": {"at": "start", "for": "3s"}}`), or a JSON list of both
 * @throws AgentError (INVALID_ARGUMENT) with every problem of the text
 */
export function withRequestedFaults(
  faults: readonly PlannedFault[],
  text: string,
): readonly PlannedFault[] {
  const requested = parseRequestedFaults(text);
  const [own] = contradictionsAmong(requested);
  if (own !== undefined) throw new AgentError('INVALID_ARGUMENT', own.message);
  const all = [...faults, ...requested];
  // Neither list contradicts itself, so any contradiction is between them.
  const [problem] = contradictionsAmong(all);
  if (problem !== undefined)
    throw new AgentError(
      'INVALID_ARGUMENT',
      `together with the scenario's faults: ${problem.message}`,
    );
  return all;
}

/**
 * Parses the faults that a request asks for, as {@link withRequestedFaults} takes them.
 * @throws AgentError (INVALID_ARGUMENT) with every problem of the text
 */
export function parseRequestedFaults(text: string): PlannedFault[] {
  return parsePlacedFaults(text).map(({ fault }) => fault);
}

/** Parses likewise, and says which faults name a place of their own. */
export function parsePlacedFaults(text: string): { fault: PlannedFault; isPlaced: boolean }[] {
  const entries = readEntries(text);
  const problems: string[] = [];
  const faults = entries.flatMap((entry, index) => {
    const { fault, problem } = readEntry(entry);
    if (problem !== undefined) {
      problems.push(entries.length === 1 ? problem : `entry ${index + 1}: ${problem}`);
    }
    return fault === undefined ? [] : { fault, isPlaced: namesPlace(entry) };
  });
  if (problems.length > 0) throw new AgentError('INVALID_ARGUMENT', problems.join('; '));
  return faults;
}

/** Whether the settings of an entry have a place. */
function namesPlace(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && Object.values(entry).some(hasPlace);
}

function hasPlace(settings: unknown): boolean {
  return typeof settings === 'object' && settings !== null && 'at' in settings;
}

/** Limit of the percent-encoded text. */
const mostBytes = 16_384;

/**
 * Returns the text with which a request asks for faults: a name as it is, entries and lists as JSON.
 * @throws AgentError (INVALID_ARGUMENT) if the text is too long for metadata
 */
export function requestedFault(fault: string | number | object): string {
  const text = typeof fault === 'object' ? JSON.stringify(fault) : String(fault);
  if (encodeMetadataText(text).length <= mostBytes) return text;
  throw new AgentError(
    'INVALID_ARGUMENT',
    `must not exceed ${mostBytes / 1024} KiB, percent-encoded; put it into the faults of a scenario`,
  );
}

/** Returns the entries of a text, which are not parsed yet. */
function readEntries(text: string): unknown[] {
  const trimmed = text.trim();
  if (!/^[{[]/.test(trimmed)) return trimmed.split(',').map((word) => word.trim());
  try {
    const value: unknown = JSON.parse(trimmed.startsWith('[') ? trimmed : `[${trimmed}]`);
    if (Array.isArray(value) && value.length > 0) return value;
  } catch {
    throw new AgentError(
      'INVALID_ARGUMENT',
      `not JSON; write it like ${exampleEntry('stall')}, with double quotes`,
    );
  }
  throw new AgentError('INVALID_ARGUMENT', 'the list is empty; name at least one fault');
}

function readEntry(entry: unknown): { fault?: PlannedFault; problem?: string } {
  if (typeof entry !== 'object' || entry === null) {
    const word = String(entry);
    const fault = faultByWord(word);
    return fault === undefined ? { problem: unknownFault(word) } : { fault };
  }
  const { data, error } = faultSchema.safeParse(entry, { error: wordIssue });
  if (data !== undefined) return { fault: data };
  const problems = error.issues.map((issue) => describe(issue, entry));
  // If the settings are not a map, an example of the entry helps most.
  const withoutMap = error.issues.filter((issue) => hasNoMap(issue));
  const names = new Set(withoutMap.map(({ path }) => String(path[0])));
  const examples = [...names].map((name) => `write it like ${exampleEntry(name)}`);
  return { problem: [...problems, ...examples].join('; ') };
}

function unknownFault(name: string): string {
  const instead = didYouMean(name, faultWords) || `; there are ${faultWords.join(', ')}`;
  return `there is no ${quote(name)}${instead} (docs/faults.md describes each)`;
}

/** Says what to write in place of a key that no entry has. */
function unknownEntry(key: string): string {
  const word = faultOfWord(key);
  if (word === undefined) return unknownFault(key);
  const instead = JSON.stringify({ [word.fault.name]: word.settings }).replaceAll(/[:,]/g, '$& ');
  return `${quote(key)} takes no settings; write ${quote(key)} alone, or ${instead} with yours`;
}

function describe(issue: z.core.$ZodIssue, entry: unknown): string {
  const { path, message } = issue;
  const [name, ...below] = path.map(String);
  if (name === undefined) {
    return issue.code === 'unrecognized_keys' ? issue.keys.map(unknownEntry).join('; ') : message;
  }
  if (issue.code === 'unrecognized_keys') {
    const known = below.length === 0 ? settingsKeys(name) : [];
    return issue.keys
      .map((key) => `${[name, ...below].join('.')}: ${unknownKey(key, known)}`)
      .join('; ');
  }
  const value = path.reduce(valueOf, entry);
  const suffix = value === undefined ? '' : writtenValue(value);
  return `${path.map(String).join('.')}: ${message}${suffix}`;
}

function hasNoMap({ path, code }: z.core.$ZodIssue): boolean {
  return path.length === 1 && code === 'invalid_type' && entryKeys.has(String(path[0]));
}

/** Returns an example entry of `faults` as JSON. */
function exampleEntry(name: string): string {
  return JSON.stringify({ [name]: exampleSettings(name) }).replaceAll(/[:,]/g, '$& ');
}

function unknownKey(key: string, known: readonly string[]): string {
  const list = known.length === 0 ? '' : `; there are ${known.join(', ')}`;
  return `unknown key ${quote(key)}${didYouMean(key, known) || list}`;
}

function valueOf(map: unknown, key: PropertyKey): unknown {
  return typeof map === 'object' && map !== null ? Reflect.get(map, key) : undefined;
}
