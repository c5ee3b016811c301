import type { z } from 'zod';

import { encodeMetadataText } from '../../proto/metadata.ts';
import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { wordIssue, writtenValue } from '../../proto/problems/word-issue.ts';
import {
  contradictionsAmong,
  exampleSettings,
  faultNames,
  faultSchema,
  settingsKeys,
  type PlannedFault,
} from './index.ts';

/** The fault of a request is unknown or invalid; the message says what to write. */
export class FaultError extends Error {}

/**
 * Appends the fault that a request asks for to the faults of a behaviour.
 *
 * @param text the name of a fault that needs no settings, or an entry of `faults` as JSON, such as
 * `{"stall": {"at": "start", "for": "3s"}}`
 * @throws FaultError with every problem of the text
 */
export function withRequestedFault(
  faults: readonly PlannedFault[],
  text: string,
): readonly PlannedFault[] {
  const entry = readEntry(text);
  const { data, error } = faultSchema.safeParse(entry, { error: wordIssue });
  if (data === undefined) {
    const problems = error.issues.map((issue) => describe(issue, entry));
    // If the settings are not a map or lack a key, an example of the entry helps most.
    const incomplete = error.issues.filter((issue) => isIncomplete(issue, entry));
    const names = new Set(incomplete.map(({ path }) => String(path[0])));
    const examples = [...names].map((name) => `write it like ${exampleEntry(name)}`);
    throw new FaultError([...problems, ...examples].join('; '));
  }
  const all = [...faults, data];
  // The scenario's own faults are already checked, so any contradiction involves the added one.
  const [problem] = contradictionsAmong(all);
  if (problem !== undefined)
    throw new FaultError(`together with the scenario's faults: ${problem.message}`);
  return all;
}

/** Limit of the percent-encoded text. */
const mostBytes = 16_384;

/**
 * Returns the text with which a request asks for a fault: a name as it is, an entry as JSON.
 * @throws FaultError if the text is too long for metadata
 */
export function requestedFault(fault: string | object): string {
  const text = typeof fault === 'string' ? fault : JSON.stringify(fault);
  if (encodeMetadataText(text).length <= mostBytes) return text;
  throw new FaultError(
    `must not exceed ${mostBytes / 1024} KiB, percent-encoded; put it into the faults of a scenario`,
  );
}

function readEntry(text: string): unknown {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) {
    if (faultNames.includes(trimmed)) return { [trimmed]: {} };
    throw new FaultError(
      `${unknownFault(trimmed)}; write the name of a fault that needs no settings, or an entry of a scenario's faults as JSON`,
    );
  }
  try {
    return JSON.parse(trimmed);
  } catch {
    throw new FaultError(`not JSON; write it like ${exampleEntry('stall')}, with double quotes`);
  }
}

function unknownFault(name: string): string {
  const instead = didYouMean(name, faultNames) || `; there are ${faultNames.join(', ')}`;
  return `there is no ${quote(name)}${instead} (docs/faults.md describes each)`;
}

function describe(issue: z.core.$ZodIssue, entry: unknown): string {
  const { path, message } = issue;
  const [name, ...below] = path.map(String);
  if (name === undefined) {
    return issue.code === 'unrecognized_keys' ? issue.keys.map(unknownFault).join('; ') : message;
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

function isIncomplete({ path, code }: z.core.$ZodIssue, entry: unknown): boolean {
  if (!faultNames.includes(String(path[0]))) return false;
  return path.length === 1 ? code === 'invalid_type' : path.reduce(valueOf, entry) === undefined;
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
