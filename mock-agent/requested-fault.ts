import type { z } from 'zod';

import { encodeMetadataText } from '../proto/metadata.ts';
import { didYouMean, quote } from '../proto/nearest-name.ts';
import { contradictions } from './faults/contradictions.ts';
import { faultNames, faultSchema, type PlannedFault } from './faults/index.ts';

/** A fault that a request asked for and that there is not, or that cannot be; says what to write. */
export class FaultError extends Error {}

/**
 * The faults of a behaviour, and the one that a request asks for behind them.
 *
 * @param text a fault's name where it needs no settings, else an entry of `faults` as JSON, such as
 * `{"stall": {"at": "start", "for": "3s"}}`
 * @throws FaultError with every problem of the text.
 */
export function withRequestedFault(
  faults: readonly PlannedFault[],
  text: string,
): readonly PlannedFault[] {
  const { data, error } = faultSchema.safeParse(readEntry(text));
  if (data === undefined) throw new FaultError(error.issues.map(describe).join('; '));
  const all = [...faults, data];
  // Those of the scenario get along with each other: what is wrong, the added one brought.
  const [problem] = contradictions(all);
  if (problem !== undefined) throw new FaultError(`beside the scenario's own: ${problem.message}`);
  return all;
}

/** In bytes, as it travels to the agent. */
const mostBytes = 16_384;

/**
 * The text by which a request asks for a fault: a name as it is, an entry as JSON.
 * @throws FaultError for one that is too long to travel with a request.
 */
export function requestedFault(chosen: string | object): string {
  const text = typeof chosen === 'string' ? chosen : JSON.stringify(chosen);
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
      `${unknownFault(trimmed)}; write a name where it needs no settings, else an entry of a scenario's faults as JSON`,
    );
  }
  try {
    return JSON.parse(trimmed);
  } catch {
    throw new FaultError(
      `no JSON; write it like {"stall": {"at": "start", "for": "3s"}}, with double quotes`,
    );
  }
}

function unknownFault(name: string): string {
  const instead = didYouMean(name, faultNames) || `; there are ${faultNames.join(', ')}`;
  return `there is no ${quote(name)}${instead} (docs/faults.md describes each)`;
}

function describe(issue: z.core.$ZodIssue): string {
  const { path, message } = issue;
  if (path.length === 0 && issue.code === 'unrecognized_keys') {
    return issue.keys.map(unknownFault).join('; ');
  }
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}
